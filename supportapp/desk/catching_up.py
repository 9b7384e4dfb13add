"""What a client asks for that has been away: everything after its cursor, or the news that it must begin again."""

from dataclasses import dataclass
from typing import Any

import orjson

from supportapp.desk.viewer import Viewer
from supportapp.desk.window import LARGEST_ID, MAX_LIMIT
from supportapp.desk.wire import full_row
from supportapp.errors import SupportError
from supportapp.store.database import Database
from supportapp.store.messages import select_messages_after, select_messages_since
from supportapp.store.sequence import Place, select_place

MAX_BYTES = 256 * 1024
"""Of the rows in one answer; a single row is always given."""
LARGEST_ROW = 9000
PIECE = 100
"""Rows that are read at once: the largest are 800 KB, of which no more is held than is given."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a client stands: the last id it has, in which epoch, and whose message that was, if it says so."""

    desde: int
    epoca: str | None
    id_cliente: str | None
    limite: int

    @classmethod
    def parse(cls, payload: Any) -> "Cursor":
        """The cursor of `{desde, epoca?, id_cliente?, limite?}`; raises `SupportError("ventana")`."""
        if not isinstance(payload, dict):
            raise SupportError("ventana")
        desde, limite = payload.get("desde", 0), payload.get("limite", MAX_LIMIT)
        if type(desde) is not int or type(limite) is not int:
            raise SupportError("ventana")
        if not (0 <= desde <= LARGEST_ID and 1 <= limite <= MAX_LIMIT):
            raise SupportError("ventana")
        epoca, id_cliente = payload.get("epoca"), payload.get("id_cliente")
        if not isinstance(epoca, str | None) or not isinstance(id_cliente, str | None):
            raise SupportError("ventana")
        return cls(desde, epoca, id_cliente, limite)

    @property
    def weight(self) -> int:
        """Bytes that the rows of an answer may have, at most."""
        return min(MAX_BYTES, self.limite * LARGEST_ROW)


async def synchronise(database: Database, viewer: Viewer, cursor: Cursor) -> dict[str, Any]:
    """`{ok, epoca, filas, mas, hasta}`, or `{ok, reinicio, epoca}` where the cursor belongs to another history.

    `filas` is all that the viewer may read with id > `desde`, oldest first; without `mas` nothing up to
    `hasta` is missing: the head is read before the rows, and ids become visible in their order.
    """
    place = await select_place(database, cursor.desde)
    if is_elsewhere(cursor, place):
        return {"ok": True, "reinicio": True, "epoca": place.epoca}
    rows, more = await read_rows(database, viewer, cursor)
    last = rows[-1]["id"] if rows else 0
    hasta = last if more else max(place.head, last)
    return {"ok": True, "epoca": place.epoca, "filas": rows, "mas": more, "hasta": hasta}


async def read_rows(database: Database, viewer: Viewer, cursor: Cursor) -> tuple[list[dict[str, Any]], bool]:
    """At most `limite` rows of at most `MAX_BYTES` together, and whether there are more."""
    rows: list[dict[str, Any]] = []
    size, last = 0, cursor.desde
    while True:
        wanted = min(PIECE, cursor.limite + 1 - len(rows))
        if viewer.is_admin:
            piece = await select_messages_since(database, last, wanted)
        else:
            piece = await select_messages_after(database, viewer.usuario, last, wanted)
        for row in map(full_row, piece):
            size += len(orjson.dumps(row))
            if len(rows) == cursor.limite or (rows and size > MAX_BYTES):
                return rows, True
            rows.append(row)
            last = row["id"]
        if len(piece) < wanted:
            return rows, False


def is_elsewhere(cursor: Cursor, place: Place) -> bool:
    """Another epoch, an id that is not there yet, or another message under the same id."""
    if cursor.epoca is not None and cursor.epoca != place.epoca:
        return True
    if cursor.desde > place.head:
        return True
    return cursor.id_cliente is not None and cursor.desde > 0 and cursor.id_cliente != place.id_cliente
