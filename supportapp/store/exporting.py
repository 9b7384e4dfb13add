"""All that the tables hold of one person, for the person: whatever grows is read in pages."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from supportapp.store.database import Database, Row

PAGE = 500


async def select_account(db: Database, usuario: str) -> Row | None:
    """Their account, exactly of this name; `con_clave`: whether there is a password, whose hash is nobody's to read."""
    row = await db.fetch_one(ACCOUNT, {"usuario": usuario})
    return row if row and row["usuario"] == usuario else None


def stream_sessions(db: Database, usuario: str) -> AsyncIterator[Row]:
    """Where they are or were signed in, as long as it is kept."""
    return _pages(db, SESSIONS, usuario, "sesion")


def stream_marks(db: Database, usuario: str) -> AsyncIterator[Row]:
    """How far they have read which conversations."""
    return _pages(db, MARKS, usuario, "con")


async def _pages(db: Database, sql: str, usuario: str, key: str) -> AsyncIterator[Row]:
    after = ""
    while rows := await db.fetch_all(sql, {"usuario": usuario, "after": after, "limit": PAGE}):
        for row in rows:
            yield row
        after = rows[-1][key]


def plain(row: Mapping[str, Any], *flags: str) -> dict[str, Any]:
    """`row` as it may be written; the columns `flags` are true or false, which MySQL has as numbers."""
    return {name: bool(value) if name in flags else value for name, value in row.items()}


ACCOUNT = """
    SELECT usuario, nombre, rol, activo, creado, sesiones_desde, pass IS NOT NULL AS con_clave
    FROM usuarios WHERE usuario = :usuario
"""
SESSIONS = """
    SELECT sesion, modo, creada, vista, fin, direccion, navegador, cerrada, motivo
    FROM sesiones WHERE usuario = :usuario AND sesion > :after ORDER BY sesion LIMIT :limit
"""
MARKS = """
    SELECT usuario AS con, entregado_hasta, leido_hasta FROM lecturas
    WHERE lector = :usuario AND usuario > :after ORDER BY usuario LIMIT :limit
"""
