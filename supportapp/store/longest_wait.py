"""Who waits for an answer of the desk, and for how long."""

from datetime import datetime

from supportapp.store.database import Database


async def select_longest_wait(database: Database) -> datetime | None:
    """Since when the person has been waiting who waits for longest; naive UTC, None where nobody does."""
    since = await database.fetch_val(LONGEST_WAIT)
    return datetime.fromisoformat(since) if isinstance(since, str) else since  # SQLite knows no type of a MIN


# Nobody can answer who is deactivated, and whoever became an admin is in no list.
LONGEST_WAIT = """
    SELECT MIN(c.esperando_desde) AS desde FROM conversaciones c JOIN usuarios u ON u.usuario = c.usuario
    WHERE u.activo = 1 AND u.rol <> 'admin'
"""
