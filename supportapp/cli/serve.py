"""`serve`: starts the chat."""

import asyncio
import os
import secrets
import signal
import socket
import sys
from contextlib import suppress

import click

from supportapp.asgi import Application
from supportapp.cli.assets import missing_assets
from supportapp.cli.opening import bring_up_to_date, open_database
from supportapp.config import Settings, keep_private, load_settings
from supportapp.desk.accounts import Accounts
from supportapp.errors import StartError
from supportapp.listener import listen
from supportapp.logs import configure_logging
from supportapp.processes.link import Link
from supportapp.processes.parent import Parent
from supportapp.server import run
from supportapp.store.addresses import sqlite_path
from supportapp.store.users import select_user
from supportapp.web.attempts import Attempts
from supportapp.web.counts import shared_memory

ADMIN = "admin"
CHILD = (sys.executable, "-m", "supportapp", "serve", "--child")
"""How a parent starts one of its processes: with its number, and the descriptors of the socket that all share, of what
they count together, and of the line between the two."""


@click.command()
@click.option("--child", nargs=5, type=int, hidden=True, help="What a parent hands to one of several.")
def serve(child: tuple[int, ...] | None) -> int:
    """Start the chat.

    In development (the default) it first brings the schema of DATABASE_URL up to date and, at the first start,
    gives the account `admin` a password that is shown once. With ENVIRONMENT=production it refuses an old
    schema, missing assets and a weak JWT_SECRET instead. A database that is away is awaited for 10 s.

    SIGTERM or Ctrl+C ends it cleanly: browsers come back by themselves. Exit status 0, or 1 after one line
    that says why it could not start. With PROCESSES=2 or more, SIGHUP replaces one process after the other.
    """
    keep_private()
    settings = load_settings()
    several = settings.processes > 1
    configure_logging(settings, (child[0] if child else 0) if several else None)
    refuse_missing_assets(settings)
    if child:
        return serve_beside_others(settings, *child[1:])
    if not settings.production:
        bring_up_to_date(settings)
        asyncio.run(give_admin_a_password(settings))
    listener = listen(settings.host, settings.port)
    if several:
        shared = (listener.detach(), shared_memory(), shared_memory())
        return Parent(CHILD, shared, settings.processes, lambda: greet(settings)).run()
    return run(
        Application(settings), listener, ready=lambda: greet(settings), per_address=per_address(settings)
    )


def serve_beside_others(settings: Settings, *descriptors: int) -> int:
    """Serve as one of several: on the socket that a parent holds, as long as the line to it is open."""
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    attempts, reads = descriptors[1:3]
    listener, line = (socket.socket(fileno=descriptors[place]) for place in (0, 3))
    application = Application(settings)
    application.web.attempts = Attempts(settings.sign_in_limit, attempts)
    application.web.reads = Attempts(settings.read_limit, reads)
    link = Link(line, application.desk.metrics.text, lambda: application.desk.whole)
    application.desk.metrics.everybody = link.everybody
    return run(application, listener, ready=link.ready, per_address=per_address(settings), beside=link.run)


def per_address(settings: Settings) -> int | None:
    """How many connections one address may have; any number where a proxy's is the only one."""
    return None if settings.trusted_proxies else settings.connections_per_address


def refuse_missing_assets(settings: Settings) -> None:
    missing = missing_assets(packed=settings.production)
    if missing:
        raise StartError(f"{', '.join(missing)} missing. Run: python -m supportapp assets")


async def give_admin_a_password(settings: Settings) -> None:
    """At the first start nobody can sign in yet: make a password, and show it this once."""
    async with open_database(settings) as database:
        admin = await select_user(database, ADMIN)
        if admin is None or admin.pass_hash is not None:
            return
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        accounts = Accounts(database)
        # Before it is set: where it cannot be shown, the next start makes another one.
        click.secho(
            f"First start. Account: {ADMIN}   password: {password}   (shown only this once)", bold=True
        )
        try:
            await accounts.set_password(ADMIN, password)
        finally:
            accounts.close()


def greet(settings: Settings) -> None:
    with suppress(OSError):  # a full disk or a closed pipe ends no chat
        welcome(settings)


def welcome(settings: Settings) -> None:
    """What to open, how to sign in, and what else there is; programs that serve it need none of this."""
    if settings.production:
        return
    origin = settings.public_origin
    kept = sqlite_path(settings.database_url) if settings.dialect == "sqlite" else "your database"
    click.echo(f"\nThe chat is open:  {origin}")
    if settings.host in {"", "0.0.0.0", "::"} and not settings.public_url:  # noqa: S104  # recognised, not bound
        click.echo(
            f"  from a phone     http://ADDRESS:{settings.port}, the address of this machine in your network;"
        )
        click.echo(f"                   by a name only with PUBLIC_URL=http://NAME:{settings.port}")
    click.echo(f"  sign in          as {ADMIN}, with the password shown at the first start")
    click.echo("                   (forgotten: python -m supportapp set-password admin)")
    if settings.open_registration:
        click.echo(f"  everybody else   registers at {origin}/registro")
    click.echo("  make demo        adds people and conversations to try it with, and prints their passwords")
    click.echo(
        f"  messages are in  {kept}; DATABASE_URL=mysql://user:password@host/name keeps them elsewhere"
    )
    click.echo("  Ctrl+C           ends it")
