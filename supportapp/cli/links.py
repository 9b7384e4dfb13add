"""`invite` and `reset-link`: links for somebody, to be handed over by whatever way is safe."""

import asyncio
from datetime import timedelta

import click

from supportapp.cli.bans import length
from supportapp.cli.changing import because, change, usuario
from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk import links
from supportapp.desk.audit import Actor


@click.command()
@click.option(
    "--rol", default="user", type=click.Choice(["user", "admin"]), help="An admin answers everybody."
)
@click.option(
    "--for",
    "span",
    default="7d",
    metavar="TIME",
    help="How long it works: 90m, 24h or 7d (usual); 30d at most.",
)
@because
def invite(rol: str, span: str, reason: str) -> None:
    """Make a link with which one person registers, also where registration is closed.

    \b
    python -m supportapp invite --rol admin --for 24h
    """
    lasts = length(span)
    if lasts > links.INVITATION_LASTS_AT_MOST:
        raise click.UsageError(f"--for: at most {links.INVITATION_LASTS_AT_MOST.days}d.")
    settings = settings_of_command()
    secret = asyncio.run(invited(settings, rol, lasts, Actor(motivo=reason)))
    click.echo(f"{settings.public_origin}/invitacion/{secret}")
    click.echo(f"For one person, as {rol}, within {span}. It is shown only this once.", err=True)


@click.command()
@usuario
@because
def reset_link(usuario: str, reason: str) -> None:
    """Make a link with which USUARIO sets a new password, once, within an hour; earlier ones work no more.

    \b
    python -m supportapp reset-link marta
    """
    secret = change(usuario, reason, links.reset_link)
    click.echo(f"{settings_of_command().public_origin}/clave/{secret}")
    click.echo(f"For {usuario}, within an hour. It is shown only this once.", err=True)


async def invited(settings: Settings, rol: str, lasts: timedelta, actor: Actor) -> str:
    async with open_database(settings) as database:
        return await links.invite(database, rol, lasts, actor)
