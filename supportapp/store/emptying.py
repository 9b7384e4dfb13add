"""`mensajes.borrado`: texts that were erased, while ids, order and numbers stay whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from supportapp.store.database import Connection, Database
from supportapp.store.sequence import lock_head
from supportapp.store.statements import Query, placeholders


@dataclass(frozen=True, slots=True)
class Erased:
    """How many messages were erased, and the ids of some of which that is only half true: a text without the mark, or the reverse."""

    count: int
    halves: list[int]


async def empty_texts(conn: Connection, ids: Sequence[int], now: datetime) -> None:
    """Erase the texts of these messages and their previews, under the lock of the messages, which is taken here.

    Empty stands for erased: no message was ever stored without a text. The digest goes, too: a short text is guessed by it.
    """
    inside, values = placeholders("id", ids)
    await conn.ask(
        lock_head(conn.dialect),
        Query(EMPTY.format(inside), {**values, "now": now}),
        Query(f"UPDATE conversaciones SET vista_previa = '' WHERE ultimo_id IN ({inside})", values),
    )


async def select_old(
    db: Database | Connection, after: int, before: datetime, limit: int
) -> tuple[int, list[int]]:
    """The last of up to `limit` messages behind the id `after`, up to the first that is not of before that time, and which have a text still."""
    rows = await db.fetch_all(OLD, {"after": after, "limit": limit})
    old = list(takewhile(lambda row: row["fecha"] < before, rows))
    return (old[-1]["id"] if old else after), [row["id"] for row in old if row["borrado"] is None]


async def select_erased_messages(db: Database | Connection) -> Erased:
    """Reads all messages."""
    row = await db.fetch_one(COUNT)
    assert row is not None, "a count is a row"
    halves = (
        await db.fetch_all(f"SELECT id FROM mensajes WHERE {HALF} ORDER BY id LIMIT 5")
        if row["halves"]
        else []
    )
    return Erased(int(row["count_"]), [half["id"] for half in halves])


HALF = "(borrado IS NULL) = (mensaje = '')"
EMPTY = "UPDATE mensajes SET mensaje = '', huella = '', borrado = :now WHERE borrado IS NULL AND id IN ({})"
OLD = "SELECT id, fecha, borrado FROM mensajes WHERE id > :after ORDER BY id LIMIT :limit"
COUNT = f"SELECT COUNT(borrado) AS count_, COUNT(CASE WHEN {HALF} THEN 1 END) AS halves FROM mensajes"
