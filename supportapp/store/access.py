"""`usuarios`: what somebody signs in with, and whether they may."""

from datetime import datetime

from supportapp.store.database import Connection, Database


async def update_password(
    conn: Database | Connection, usuario: str, pass_hash: str, now: datetime, before: str | None = None
) -> int:
    """Set the password and end every session that began before `now`; a first password ends none.

    `before`: only in place of this hash. The number of people changed, 0 or 1.
    """
    return await conn.execute(  # in this order: MySQL reads a column as it was set just before
        """
        UPDATE usuarios
        SET sesiones_desde = CASE WHEN pass IS NULL THEN sesiones_desde ELSE :now END, pass = :pass
        WHERE usuario = :usuario AND (:before IS NULL OR pass = :before)
        """,
        {"pass": pass_hash, "now": now, "usuario": usuario, "before": before},
    )


async def update_active(conn: Connection, usuario: str, activo: bool) -> int:
    """Whether this person may sign in, and be written to. The number of people, 0 or 1."""
    return await conn.execute(
        "UPDATE usuarios SET activo = :activo WHERE usuario = :usuario",
        {"activo": activo, "usuario": usuario},
    )


async def update_sessions_since(conn: Connection, usuario: str, now: datetime) -> int:
    """End every session of this person that began before `now`. The number of people, 0 or 1."""
    return await conn.execute(
        "UPDATE usuarios SET sesiones_desde = :now WHERE usuario = :usuario",
        {"now": now, "usuario": usuario},
    )


async def select_able(conn: Connection, now: datetime) -> dict[str, bool]:
    """The admins who can sign in, and whether each may see to the people."""
    rows = await conn.fetch_all(ABLE, {"now": now})
    return {row["usuario"]: bool(row["administra"]) for row in rows}


async def update_hash(db: Database | Connection, usuario: str, before: str, after: str) -> int:
    """Replace the hash of the same password by a stronger one, unless it changed meanwhile; sessions go on."""
    return await db.execute(
        "UPDATE usuarios SET pass = :after WHERE usuario = :usuario AND pass = :before",
        {"usuario": usuario, "before": before, "after": after},
    )


ABLE = """
    SELECT u.usuario, u.administra FROM usuarios u
    LEFT JOIN prohibiciones p ON p.tipo = 'persona' AND p.valor = u.usuario AND p.hasta > :now
    WHERE u.rol = 'admin' AND u.activo = 1 AND u.pass IS NOT NULL AND p.valor IS NULL
"""
