"""All that is kept of one person, as a stream that needs no more memory for a million messages than for one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from supportapp.desk.moment import utc_now
from supportapp.desk.wire import full_row
from supportapp.errors import NotFound
from supportapp.store.database import Database, Row
from supportapp.store.erasing import select_pseudonym
from supportapp.store.exporting import plain, select_account, stream_marks, stream_sessions
from supportapp.store.messages import Message, stream_messages

LOOK_EVERY = 500
"""Messages between two looks whether this person may still have them."""


@dataclass(frozen=True, slots=True)
class Export:
    """persona: the account, with moments in naive UTC. The others are read while they are written; of `mensajes` the end is true, or raises `NotFound`."""

    persona: dict[str, Any]
    sesiones: AsyncIterator[Row]
    lecturas: AsyncIterator[Row]
    mensajes: AsyncIterator[Message]


async def nobody_asks() -> None:
    """For whoever needs no session."""


async def export(
    database: Database, usuario: str, still: Callable[[], Awaitable[None]] = nobody_asks
) -> Export:
    """What is kept of this person; raises `NotFound`. `still` raises where whoever reads may do so no longer."""
    row = await select_account(database, usuario)
    if row is None:
        raise NotFound
    return Export(
        {**plain(row, "activo", "con_clave"), "exportado": utc_now()},
        stream_sessions(database, usuario),
        stream_marks(database, usuario),
        watched(database, usuario, still),
    )


async def watched(
    database: Database, usuario: str, still: Callable[[], Awaitable[None]]
) -> AsyncIterator[Message]:
    """Their messages, unless they are erased meanwhile: then these are not all, and must not be taken for it."""
    count = 0
    async for message in stream_messages(database, usuario):
        if count % LOOK_EVERY == 0:
            await still()
        count += 1
        yield message
    await still()
    if await select_pseudonym(database, usuario) or await select_account(database, usuario) is None:
        raise NotFound


def message_row(message: Message) -> dict[str, Any]:
    """A message as an export has it: as whoever catches up, with the names."""
    return full_row(message) | {"de_nombre": message.de_nombre, "para_nombre": message.para_nombre}
