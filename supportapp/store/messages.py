"""`mensajes`: a person's history in pages by id, and the rows that the one writer adds."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from supportapp.store.database import Connection, Database
from supportapp.store.statements import Insert, Query, inserts, placeholders

NEAR = 100  # rows looked at for the latest one of somebody else
BEYOND = 2**63 - 1  # after every id


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message; `fecha` is naive UTC, `de_admin` the sender's role when it was sent, for ever.

    `borrado`: when its text was erased, which is empty since.
    """

    id: int
    de_usuario: str
    para_usuario: str
    mensaje: str
    fecha: datetime
    de_admin: bool
    numero: int
    id_cliente: str
    de_nombre: str
    para_nombre: str
    para_admin: bool
    borrado: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A row to insert; `id` is counted on from `secuencia`, `numero` from the sender's latest message."""

    id: int
    de_usuario: str
    para_usuario: str
    mensaje: str
    fecha: datetime
    de_admin: bool
    numero: int
    id_cliente: str
    huella: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What answers a repeated send: is it the same text, and under which id does it stand?"""

    de_usuario: str
    id_cliente: str
    id: int
    fecha: datetime
    huella: str


@dataclass(frozen=True, slots=True)
class Last:
    """The end of what somebody sent or received; `numero` is its sender's running number."""

    id: int
    numero: int


async def select_messages_before(
    db: Database | Connection, usuario: str, before: int | None, limit: int
) -> list[Message]:
    """The latest `limit` messages that `usuario` sent or received with id < `before`, oldest first."""
    rows = await db.fetch_all(
        BEFORE, {"usuario": usuario, "before": BEYOND if before is None else before, "limit": limit}
    )
    return [_message(row) for row in rows]


async def select_messages_after(
    db: Database | Connection, usuario: str, after: int, limit: int
) -> list[Message]:
    """The next `limit` messages that `usuario` sent or received with id > `after`, oldest first."""
    rows = await db.fetch_all(AFTER, {"usuario": usuario, "after": after, "limit": limit})
    return [_message(row) for row in rows]


async def stream_messages(db: Database, usuario: str) -> AsyncIterator[Message]:
    """Every message that `usuario` sent or received, oldest first, with flat memory."""
    async for row in db.stream(AFTER, {"usuario": usuario}):
        yield _message(row)


async def select_messages_since(db: Database | Connection, after: int, limit: int) -> list[Message]:
    """The next `limit` messages of all people with id > `after`, oldest first."""
    rows = await db.fetch_all(SINCE, {"after": after, "limit": limit})
    return [_message(row) for row in rows]


async def select_last_ids(db: Database | Connection, names: Sequence[str]) -> dict[str, int]:
    """The id of the latest message that each of these people sent or received; 0 without one."""
    if not names:
        return {}
    inside, values = placeholders("usuario", names)
    rows = await db.fetch_all(f"{LAST_IDS} WHERE u.usuario IN ({inside})", values)
    return {row["usuario"]: max(row["enviado"] or 0, row["recibido"] or 0) for row in rows}


async def select_last_id_without(db: Database | Connection, usuario: str, head: int) -> int:
    """The last id up to `head` of what others than `usuario` sent; too low where all the latest are theirs."""
    near = max(0, head - NEAR)
    last = await db.fetch_val(LAST_WITHOUT, {"usuario": usuario, "near": near, "head": head})
    return int(last or near)


async def select_count_from(db: Database | Connection, usuario: str, first: int) -> tuple[int, int]:
    """How many messages `usuario` sent or received with id >= `first`, and the last one's id (0 without one)."""
    row = (await db.fetch_all(COUNT_FROM, {"usuario": usuario, "first": first}))[0]
    return int(row["cuenta"]), int(row["ultimo"] or 0)


async def select_stored(db: Database | Connection, keys: Sequence[tuple[str, str]]) -> list[Stored]:
    """Those of the messages `(de_usuario, id_cliente)` that are already stored."""
    return [Stored(**row) for row in await db.fetch_all(*stored(keys))] if keys else []


def stored(keys: Sequence[tuple[str, str]]) -> Query:
    """The `Stored` among the messages `(de_usuario, id_cliente)`, of which there is at least one."""
    either = " OR ".join(f"(de_usuario = :d{n} AND id_cliente = :c{n})" for n in range(len(keys)))
    values = {f"d{n}": key[0] for n, key in enumerate(keys)} | {f"c{n}": key[1] for n, key in enumerate(keys)}
    return Query(f"{STORED} WHERE {either}", values)


def insert_messages(rows: Sequence[NewMessage]) -> Iterator[Insert]:
    """All of `rows`; the database refuses all where it refuses one."""
    return inserts("mensajes", NewMessage.__slots__, [_values(row) for row in rows])


async def select_last_sent(db: Database | Connection, usuario: str, hasta: int) -> Last | None:
    """The latest message of exactly `usuario` with id <= `hasta`."""
    return _last(await db.fetch_one(LAST_SENT, {"usuario": usuario, "hasta": hasta}), usuario)


async def select_last_received(db: Database | Connection, usuario: str, hasta: int) -> Last | None:
    """The latest message to exactly `usuario` with id <= `hasta`."""
    return _last(await db.fetch_one(LAST_RECEIVED, {"usuario": usuario, "hasta": hasta}), usuario)


def iso(fecha: datetime) -> str:
    """A naive UTC moment as clients of the reference system read it: `2026-01-15T10:30:00.000Z`."""
    return fecha.isoformat(timespec="milliseconds") + "Z"


def _last(row: Mapping[str, Any] | None, usuario: str) -> Last | None:
    """MySQL takes `ana` with a blank behind it for `ana`; we do not."""
    return Last(row["id"], row["numero"]) if row and row["usuario"] == usuario else None


def _message(row: Mapping[str, Any]) -> Message:
    return Message(**{**row, "para_admin": bool(row["para_admin"])})


_values = attrgetter(*NewMessage.__slots__)  # `astuple` copies every value, and deeply
_FULL = """
    SELECT /*! STRAIGHT_JOIN */ m.id, m.de_usuario, m.para_usuario, m.mensaje, m.fecha, m.de_admin, m.numero, m.id_cliente, m.borrado,
           d.nombre AS de_nombre, p.nombre AS para_nombre, p.rol = 'admin' AS para_admin
"""
_PEOPLE = "JOIN usuarios d ON d.usuario = m.de_usuario JOIN usuarios p ON p.usuario = m.para_usuario"


def _history(condition: str, order: str) -> str:
    """Two ranges of two indexes, each already in order, then at most 2 × limit rows fetched by id.

    `de_usuario = … OR para_usuario = …` would read a person's whole history for every page. The hints (SQLite
    takes them for comments) are there because MariaDB otherwise reads and sorts all that a person sent, or
    walks through everybody's messages, wherever its statistics make that look cheap.
    """
    ranges = [
        f"SELECT id FROM (SELECT id FROM mensajes /*! FORCE INDEX (mensajes_{column}) */ WHERE {column} = :usuario AND {condition}"
        f" ORDER BY id {order} LIMIT :limit) AS {column}"
        for column in ("de_usuario", "para_usuario")
    ]
    return f"""
    {_FULL}
    FROM (SELECT id FROM ({" UNION ".join(ranges)}) AS both_sides ORDER BY id {order} LIMIT :limit) AS page
    JOIN mensajes m ON m.id = page.id {_PEOPLE}
    ORDER BY m.id
    """


BEFORE = _history("id < :before", "DESC")
AFTER = _history("id > :after", "ASC")
SINCE = f"{_FULL} FROM mensajes m {_PEOPLE} WHERE m.id > :after ORDER BY m.id LIMIT :limit"
LAST_WITHOUT = "SELECT MAX(id) FROM mensajes WHERE id > :near AND id <= :head AND de_usuario <> :usuario"
STORED = (
    "SELECT de_usuario, id_cliente, id, fecha, huella FROM mensajes /*! FORCE INDEX (mensajes_id_cliente) */"
)
LAST_IDS = """
    SELECT u.usuario, (SELECT MAX(id) FROM mensajes WHERE de_usuario = u.usuario) AS enviado,
           (SELECT MAX(id) FROM mensajes WHERE para_usuario = u.usuario) AS recibido
    FROM usuarios u
"""
COUNT_FROM = """
    SELECT COUNT(*) AS cuenta, MAX(id) AS ultimo
    FROM (SELECT id FROM mensajes /*! FORCE INDEX (mensajes_de_usuario) */ WHERE de_usuario = :usuario AND id >= :first
          UNION SELECT id FROM mensajes /*! FORCE INDEX (mensajes_para_usuario) */ WHERE para_usuario = :usuario AND id >= :first)
         AS both_sides
"""
LAST_SENT, LAST_RECEIVED = (
    f"SELECT {column} AS usuario, id, numero FROM mensajes /*! FORCE INDEX (mensajes_{column}) */"
    f" WHERE {column} = :usuario AND id <= :hasta ORDER BY id DESC LIMIT 1"
    for column in ("de_usuario", "para_usuario")
)
