"""`end-sessions`, `deactivate`, `activate` and `set-role`: who may do what, without a browser. Running processes hear of it at once."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import click

from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk import access, roles
from supportapp.errors import NotFound
from supportapp.store.database import Database

T = TypeVar("T")

LAST = (
    "Without {usuario} nobody could answer: it is the desk's own mailbox, or the last admin who can sign in."
)


@click.command()
@click.argument("usuario")
def end_sessions(usuario: str) -> None:
    """End all sessions of USUARIO: every device has to sign in again.

    \b
    python -m supportapp end-sessions marta
    """
    change(usuario, access.end_sessions)
    click.echo(f"Sessions of {usuario} ended.")


@click.command()
@click.argument("usuario")
def deactivate(usuario: str) -> None:
    """Close the account USUARIO: nobody signs in to it or writes to it; its messages stay.

    \b
    python -m supportapp deactivate marta
    """
    change(usuario, access.deactivate)
    click.echo(f"Account {usuario} closed; its open pages have ended. To open it again: activate {usuario}")


@click.command()
@click.argument("usuario")
def activate(usuario: str) -> None:
    """Open the account USUARIO again, with the password that it had.

    \b
    python -m supportapp activate marta
    """
    change(usuario, access.activate)
    click.echo(f"Account {usuario} is open.")


@click.command()
@click.argument("usuario")
@click.argument("rol", type=click.Choice(["admin", "user"]))
def set_role(usuario: str, rol: str) -> None:
    """Make USUARIO an admin, or a customer again (`user`).

    A new admin answers everybody and leaves the list of conversations; whoever is none any more stands in it again
    with all that they wrote and received. Open pages change at once; a session longer than the new role's ends.

    \b
    python -m supportapp set-role marta admin
    """
    changed = change(usuario, partial(roles.set_role, rol=rol))
    click.echo(f"{usuario} is {rol} now." if changed else f"{usuario} was {rol} already.")


def change(usuario: str, how: Callable[[Database, str], Awaitable[T]]) -> T:
    try:
        return asyncio.run(done(settings_of_command(), usuario, how))
    except NotFound:
        raise click.UsageError(f"There is no account {usuario!r} (names are exact).") from None
    except access.LastAdmin:
        raise click.UsageError(LAST.format(usuario=usuario)) from None


async def done(settings: Settings, usuario: str, how: Callable[[Database, str], Awaitable[T]]) -> T:
    async with open_database(settings) as database:
        return await how(database, usuario)
