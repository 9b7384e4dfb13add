"""Who acts, and what is written down of it: in the transaction of the change, so that neither is there without the other."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from supportapp.desk.moment import utc_now
from supportapp.store.audit import Deed, NewEntry, insert_entries
from supportapp.store.changes import Kind, insert_change
from supportapp.store.database import Connection, Database
from supportapp.store.sequence import lock_head
from supportapp.visible import cut

Require = Callable[[Connection], Awaitable[None]]
"""Asks whether the person who changes something still may, and raises where not: under the lock of all such changes, for
which they may have waited while their own right ended."""
LONGEST_REASON, LONGEST_ADDRESS = 200, 64


async def nobody_asks(connection: Connection) -> None:
    """For who needs no session: the command line, and the desk itself."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: `quien` None is the command line or a stranger; from which address, and for what reason."""

    quien: str | None = None
    direccion: str | None = None
    motivo: str = ""
    require: Require = nobody_asks


COMMAND_LINE = Actor()


@asynccontextmanager
async def recording(
    database: Database,
    que: Deed,
    a_quien: str | None,
    actor: Actor,
    change: tuple[Kind, str] | None = None,
    **details: object,
) -> AsyncIterator[Connection]:
    """A transaction that ends with its entry in the audit, one after the other: `actor` may still do it then.

    Every process hears of `change` (its kind and key) once it is committed.
    """
    async with database.transaction() as connection:
        if change:
            await insert_change(connection, *change, utc_now())
        else:
            await connection.ask(lock_head(connection.dialect, "cambios"))
        await actor.require(connection)
        yield connection
        await record(connection, que, a_quien, actor, **details)


async def record(
    connection: Connection, que: Deed, a_quien: str | None, actor: Actor, **details: object
) -> None:
    """Write it down as the last thing of the transaction. `details`: never a text of anybody's, nor a secret."""
    await insert_entries(connection, entry(que, a_quien, actor, **details))


def entry(que: Deed, a_quien: str | None, actor: Actor, **details: object) -> NewEntry:
    return NewEntry(
        fecha=utc_now(),
        quien=actor.quien,
        que=que,
        a_quien=a_quien,
        direccion=actor.direccion and actor.direccion.encode("ascii", "replace").decode()[:LONGEST_ADDRESS],
        motivo=reason(actor.motivo) or None,
        detalles=json.dumps(details) if details else None,
    )


def reason(text: str) -> str:
    """In one line, as much as is kept."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return cut(" ".join(printable.split()), LONGEST_REASON)


async def refuse(database: Database, a_quien: str | None, actor: Actor, por: str) -> None:
    """Write down that something was refused by the rule `por`: of those who are known, so that nobody fills the disk with it."""
    async with database.transaction() as connection:
        await record(connection, "rechazo", a_quien, actor, por=por)
