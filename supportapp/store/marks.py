"""`lecturas`: how far each reader has read each conversation; the marks never go back."""

from dataclasses import dataclass

from supportapp.store.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Mark:
    """`lector` has read the conversation of `usuario` up to message `leido_hasta`.

    unread = `recibidos` of the conversation - `recibidos_leidos`.
    """

    lector: str
    usuario: str
    entregado_hasta: int
    leido_hasta: int
    recibidos_leidos: int


async def select_mark(db: Database | Connection, lector: str, usuario: str) -> Mark | None:
    row = await db.fetch_one(
        """
        SELECT lector, usuario, entregado_hasta, leido_hasta, recibidos_leidos
        FROM lecturas WHERE lector = :lector AND usuario = :usuario
        """,
        {"lector": lector, "usuario": usuario},
    )
    return Mark(**row) if row else None


async def advance_read(conn: Connection, lector: str, usuario: str, hasta: int, recibidos: int) -> bool:
    """Move the mark forward to message `hasta`, with `recibidos` of `usuario`'s messages read.

    True if it moved; what is behind the mark changes nothing, whoever comes first.
    """
    values = {"lector": lector, "usuario": usuario, "hasta": hasta, "recibidos": recibidos}
    if await conn.execute(_ADVANCE, values):
        return True
    if await select_mark(conn, lector, usuario):
        return False
    await conn.upsert_rows("lecturas", ("lector", "usuario"), ("lector", "usuario"), [(lector, usuario)])
    return await conn.execute(_ADVANCE, values) > 0


_ADVANCE = """
    UPDATE lecturas SET
      entregado_hasta = CASE WHEN entregado_hasta < :hasta THEN :hasta ELSE entregado_hasta END,
      recibidos_leidos = CASE WHEN recibidos_leidos < :recibidos THEN :recibidos ELSE recibidos_leidos END,
      leido_hasta = CASE WHEN leido_hasta < :hasta THEN :hasta ELSE leido_hasta END
    WHERE lector = :lector AND usuario = :usuario
      AND (leido_hasta < :hasta OR recibidos_leidos < :recibidos)
"""
