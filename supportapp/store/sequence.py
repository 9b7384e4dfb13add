"""`secuencia` and `meta`: the counter that orders all messages, and the epoch it counts in."""

import secrets

from supportapp.store.database import Connection, Database


async def lock_head(conn: Connection) -> int:
    """The last id given out, its row locked until the transaction ends: writers take turns here.

    SQLite's transaction holds the write lock already.
    """
    lock = " FOR UPDATE" if conn.dialect == "mysql" else ""
    return int(await conn.fetch_val(HEAD + lock))


async def update_head(conn: Connection, valor: int) -> None:
    await conn.execute("UPDATE secuencia SET valor = :valor WHERE nombre = 'mensajes'", {"valor": valor})


async def select_head(db: Database | Connection) -> int:
    """The last id that is committed."""
    return int(await db.fetch_val(HEAD))


async def select_epoch(db: Database | Connection) -> str:
    """What ids are counted in; another one means another history."""
    return str(await db.fetch_val("SELECT valor FROM meta WHERE clave = 'epoca'"))


async def renew_epoch(db: Database | Connection) -> str:
    """A new epoch, for a database that was restored: what was known of its ids no longer holds."""
    epoca = secrets.token_hex(16)
    await db.execute("UPDATE meta SET valor = :epoca WHERE clave = 'epoca'", {"epoca": epoca})
    return epoca


async def select_count_and_max(db: Database | Connection) -> tuple[int, int]:
    """How many messages there are and the greatest id; they are equal. Reads the whole index."""
    row = await db.fetch_one("SELECT COUNT(*) AS rows_, COALESCE(MAX(id), 0) AS max_ FROM mensajes")
    return (int(row["rows_"]), int(row["max_"])) if row else (0, 0)


HEAD = "SELECT valor FROM secuencia WHERE nombre = 'mensajes'"
