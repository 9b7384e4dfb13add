"""`lecturas`: how far each reader has been delivered and has read each conversation; the marks never go back.

Every move takes its `cambio` from the counter `lecturas` under the counter's lock, so that whoever asks for
`cambio > last` misses none, whichever process wrote it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportapp.store.database import Connection, Database
from supportapp.store.sequence import select_head, take_number, update_head
from supportapp.store.statements import placeholders

KEY = ("lector", "usuario")


@dataclass(frozen=True, slots=True)
class Mark:
    """`lector` was delivered and has read the conversation of `usuario` up to these ids.

    unread = `recibidos` of the conversation - `recibidos_leidos`.
    """

    lector: str
    usuario: str
    entregado_hasta: int
    leido_hasta: int
    recibidos_leidos: int


@dataclass(frozen=True, slots=True)
class Move:
    """A mark that moved as number `cambio`, and as it is now; `leido_hasta` last moved as `cambio_leido`.

    `unread`: what `lector` has not read there; None where there is no conversation.
    """

    lector: str
    usuario: str
    entregado_hasta: int
    leido_hasta: int
    cambio: int
    cambio_leido: int
    unread: int | None


@dataclass(frozen=True, slots=True)
class Reached:
    """How far messages have come with somebody."""

    entregado_hasta: int = 0
    leido_hasta: int = 0


async def select_mark(db: Database | Connection, lector: str, usuario: str) -> Mark | None:
    row = await db.fetch_one(
        """
        SELECT lector, usuario, entregado_hasta, leido_hasta, recibidos_leidos
        FROM lecturas WHERE lector = :lector AND usuario = :usuario
        """,
        {"lector": lector, "usuario": usuario},
    )
    return Mark(**row) if row else None


async def select_last_move(db: Database | Connection) -> int:
    """The number of the last move that is committed."""
    return await select_head(db, "lecturas")


async def select_moves(db: Database | Connection, after: int, limit: int) -> list[Move]:
    """The marks that moved since the move `after`, each once, as it is now, in the order of their last moves."""
    return [Move(**row) for row in await db.fetch_all(MOVES, {"after": after, "limit": limit})]


async def select_reached(
    db: Database | Connection, names: Sequence[str]
) -> tuple[dict[str, Reached], dict[str, Reached]]:
    """For the conversations of `names`: the furthest of everybody else, and how far each has come themselves."""
    others: dict[str, Reached] = {}
    own: dict[str, Reached] = {}
    if names:
        inside, values = placeholders("usuario", names)
        for row in await db.fetch_all(REACHED.format(names=inside), values):
            found = own if row["own"] else others
            found[row["usuario"]] = Reached(row["entregado_hasta"], row["leido_hasta"])
    return others, own


async def advance_read(conn: Connection, lector: str, usuario: str, hasta: int, recibidos: int) -> bool:
    """Move the mark forward to message `hasta`, with `recibidos` of `usuario`'s messages read; what is read is delivered.

    True if it moved; what is behind the mark changes nothing, whoever comes first.
    """
    return await _advance(conn, _READ, lector, usuario, {"hasta": hasta, "recibidos": recibidos})


async def advance_delivered(conn: Connection, lector: str, usuario: str, hasta: int) -> bool:
    """Move forward what `lector` was delivered; what they have read stays. True if it moved."""
    return await _advance(conn, _DELIVERED, lector, usuario, {"hasta": hasta})


async def _advance(conn: Connection, sql: str, lector: str, usuario: str, values: Mapping[str, Any]) -> bool:
    cambio = await take_number(conn, "lecturas")
    everything = {**values, "lector": lector, "usuario": usuario, "cambio": cambio}
    if not await conn.execute(sql, everything):
        if await select_mark(conn, lector, usuario):
            return False
        await conn.upsert_rows("lecturas", KEY, KEY, [(lector, usuario)])
        if not await conn.execute(sql, everything):
            return False
    await conn.ask(update_head(cambio, "lecturas"))
    return True


MOVES = """
    SELECT l.lector, l.usuario, l.entregado_hasta, l.leido_hasta, l.cambio, l.cambio_leido,
           c.recibidos - l.recibidos_leidos AS unread
    FROM lecturas l /*! FORCE INDEX (lecturas_cambio) */ LEFT JOIN conversaciones c ON c.usuario = l.usuario
    WHERE l.cambio > :after ORDER BY l.cambio LIMIT :limit
"""
REACHED = """
    SELECT usuario, lector = usuario AS own, MAX(entregado_hasta) AS entregado_hasta, MAX(leido_hasta) AS leido_hasta
    FROM lecturas /*! FORCE INDEX (lecturas_usuario) */ WHERE usuario IN ({names}) GROUP BY usuario, lector = usuario
"""
_READ = """
    UPDATE lecturas SET
      entregado_hasta = CASE WHEN entregado_hasta < :hasta THEN :hasta ELSE entregado_hasta END,
      recibidos_leidos = CASE WHEN recibidos_leidos < :recibidos THEN :recibidos ELSE recibidos_leidos END,
      leido_hasta = CASE WHEN leido_hasta < :hasta THEN :hasta ELSE leido_hasta END,
      cambio = :cambio, cambio_leido = :cambio
    WHERE lector = :lector AND usuario = :usuario
      AND (leido_hasta < :hasta OR recibidos_leidos < :recibidos)
"""
_DELIVERED = """
    UPDATE lecturas SET entregado_hasta = :hasta, cambio = :cambio
    WHERE lector = :lector AND usuario = :usuario AND entregado_hasta < :hasta
"""
