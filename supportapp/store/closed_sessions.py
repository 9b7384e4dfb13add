"""`sesiones_cerradas`: the sessions that people have signed out of, for as long as their tokens could be used."""

import contextlib
import time
from collections.abc import Sequence

from supportapp.store.database import Connection, Database, RowRefused
from supportapp.store.statements import Query, placeholders


def closed_among(keys: Sequence[str]) -> Query:
    """Asks for those of `keys`, at least one, whose sessions have been signed out of: their `sesion`."""
    inside, values = placeholders("sesion", keys)
    return Query(f"SELECT sesion FROM sesiones_cerradas WHERE sesion IN ({inside})", values)


async def select_closed(db: Database | Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` whose sessions have been signed out of."""
    if not keys:
        return set()
    query = closed_among(keys)
    return {row["sesion"] for row in await db.fetch_all(query.sql, query.values)}


async def insert_closed(db: Database | Connection, key: str, hasta: float) -> None:
    """Remember the session until `hasta`, in seconds since 1970; those whose time has come are forgotten."""
    await db.execute("DELETE FROM sesiones_cerradas WHERE hasta < :now", {"now": int(time.time())})
    with contextlib.suppress(RowRefused):  # signed out of twice
        await db.execute(
            "INSERT INTO sesiones_cerradas (sesion, hasta) VALUES (:sesion, :hasta)",
            {"sesion": key, "hasta": int(hasta)},
        )
