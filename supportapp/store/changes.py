"""`cambios`: what else changed that somebody follows; messages and marks are followed in their own tables.

Every change takes its number from the counter `cambios` under the counter's lock, in the transaction of what
changed, so that whoever asks for `id > last` misses none, whichever process wrote it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Literal

from supportapp.store.database import Connection, Database
from supportapp.store.sequence import select_head, take_number, update_head

Kind = Literal["cuenta", "sesion", "prohibicion", "borrado", "mensajes"]
"""`cuenta`: somebody's account; `sesion`: one or all of their sessions; `prohibicion`: who may not come in; `borrado`: they
are being erased, or were; `mensajes`: texts in their conversation were. The key is the person, or the network banned."""
PORTION = 1000
"""Old rows that are deleted at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something of the kind `tipo` changed that is known as `clave`; what it is now, the tables say."""

    id: int
    tipo: str
    clave: str


async def insert_change(conn: Connection, tipo: Kind, clave: str, fecha: datetime) -> None:
    """In a transaction, whose end all other changes then wait for: before it locks what another of them may lock."""
    number = await take_number(conn, "cambios")
    await conn.execute(
        "INSERT INTO cambios (id, tipo, clave, fecha) VALUES (:id, :tipo, :clave, :fecha)",
        {"id": number, "tipo": tipo, "clave": clave, "fecha": fecha},
    )
    await conn.ask(update_head(number, "cambios"))


async def select_last_change(db: Database | Connection) -> int:
    """The number of the last change that is committed."""
    return await select_head(db, "cambios")


async def select_changes(db: Database | Connection, after: int, limit: int) -> tuple[int, list[Change]]:
    """The number of the last change that is committed, and the first `limit` of those after `after`; one query."""
    rows = await db.fetch_all(SINCE, {"after": after, "limit": limit})
    return int(rows[0]["head"]), [
        Change(row["id"], row["tipo"], row["clave"]) for row in rows if row["id"] is not None
    ]


async def delete_changes(db: Database, before: datetime) -> int:
    """Forget the changes of before that time, a portion at once; how many there were."""
    deleted = 0
    while old := await select_oldest(db, before):
        deleted += await db.execute("DELETE FROM cambios WHERE id <= :id", {"id": old[-1]})
        if len(old) < PORTION:
            break
    return deleted


async def select_oldest(db: Database, before: datetime) -> Sequence[int]:
    """The numbers of the oldest changes, up to a portion, as far as they are of before that time."""
    rows = await db.fetch_all("SELECT id, fecha FROM cambios ORDER BY id LIMIT :limit", {"limit": PORTION})
    return [row["id"] for row in takewhile(lambda row: row["fecha"] < before, rows)]


SINCE = """
    SELECT s.valor AS head, c.id, c.tipo, c.clave
    FROM secuencia s LEFT JOIN cambios c ON c.id > :after
    WHERE s.nombre = 'cambios' ORDER BY c.id LIMIT :limit
"""
