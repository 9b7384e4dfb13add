"""What all commands have in common that change something of a person: whom, why, and how it is refused."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol, TypeVar

import click

from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk.access import LastAdmin, LastManager
from supportapp.desk.audit import Actor, refuse
from supportapp.errors import NotFound
from supportapp.store.database import Database

T_co = TypeVar("T_co", covariant=True)

LAST = (
    "Without {usuario} nobody could answer: it is the desk's own mailbox, or the last admin who can sign in."
)
LAST_MANAGER = "{usuario} is the last who may see to the people: give that right to another admin first (set-role --manage)."

usuario = click.argument("usuario")
because = click.option(
    "--reason", default="", metavar="WHY", help="Why, in one line: it stands in the audit."
)


class Change(Protocol[T_co]):
    """What is done to this person by `actor`."""

    def __call__(self, database: Database, usuario: str, *, actor: Actor) -> Awaitable[T_co]: ...


def change(usuario: str, reason: str, how: Change[T_co]) -> T_co:
    """Do it; a refusal is one line, and stands in the audit."""
    try:
        return asyncio.run(done(settings_of_command(), usuario, Actor(motivo=reason), how))
    except NotFound:
        raise click.UsageError(f"There is no account {usuario!r} (names are exact).") from None
    except LastManager:
        raise click.UsageError(LAST_MANAGER.format(usuario=usuario)) from None
    except LastAdmin:
        raise click.UsageError(LAST.format(usuario=usuario)) from None


async def done(settings: Settings, usuario: str, actor: Actor, how: Change[T_co]) -> T_co:
    async with open_database(settings) as database:
        try:
            return await how(database, usuario, actor=actor)
        except LastAdmin:
            await refuse(database, usuario, actor, "ultima")
            raise
