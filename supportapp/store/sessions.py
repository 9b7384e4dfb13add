"""`sesiones`: where people are signed in, and what of it was ended before its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Literal

from supportapp.store.database import Connection, Database
from supportapp.store.erasing import lock_there
from supportapp.store.sequence import lock_head
from supportapp.store.statements import Query, inserts, on_duplicate, placeholders

Reason = Literal["salida", "cerrada", "clave", "factor", "cuenta"]
"""Why a session was ended: its person left it, or ended it from elsewhere; there is a new password, or a second factor; all were ended, or
the account was closed."""
MOST_OPEN = 100
"""Sessions of one person that are listed."""
PORTION = 1000
"""Of what is over, as much as is deleted at once."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as its row has it, in naive UTC. `sesion`: 32 hexadecimal digits, of which no token can be made."""

    sesion: str
    usuario: str
    modo: str
    creada: datetime
    vista: datetime
    fin: datetime
    direccion: str | None
    navegador: str | None


def closed_among(keys: Sequence[str]) -> Query:
    """Asks for those of `keys`, at least one, whose sessions have been ended: their `sesion`."""
    inside, values = placeholders("sesion", keys)
    return Query(f"SELECT sesion FROM sesiones WHERE cerrada IS NOT NULL AND sesion IN ({inside})", values)


async def select_closed(db: Database | Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` whose sessions have been ended."""
    if not keys:
        return set()
    query = closed_among(keys)
    return {row["sesion"] for row in await db.fetch_all(query.sql, query.values)}


async def upsert_seen(db: Database, sessions: Sequence[StoredSession]) -> None:
    """Note when, from where and with what these were used; who is new gets a row, and what is ended stays ended.

    Not of people who were erased meanwhile.
    """
    async with db.transaction() as conn:
        # Whoever ends sessions locks the same rows in another order: they take turns, or one would be undone for it.
        await conn.ask(lock_head(conn.dialect, "cambios"))
        found = await conn.ask(lock_there(conn, sorted({session.usuario for session in sessions})))
        there = {row["usuario"] for row in found[0]}
        rows = sorted(_values(session) for session in sessions if session.usuario in there)
        if rows:
            await conn.ask(*inserts("sesiones", COLUMNS, rows, on_duplicate(db.dialect, KEY, SEEN)))


async def upsert_closed(conn: Connection, session: StoredSession, motivo: Reason, now: datetime) -> None:
    """Write down that this one has ended, which may have no row yet; the tokens of it count no more."""
    columns, row = (*COLUMNS, *CLOSED), (*_values(session), now, motivo)
    await conn.ask(*inserts("sesiones", columns, [row], on_duplicate(conn.dialect, KEY, CLOSED)))


async def close_sessions(conn: Connection, usuario: str, motivo: Reason, now: datetime) -> None:
    """Write down that all open ones of this person have ended; what ends them is `sesiones_desde`, also those without a row."""
    await conn.execute(
        "UPDATE sesiones SET cerrada = :now, motivo = :motivo WHERE usuario = :usuario AND fin > :now AND cerrada IS NULL",
        {"usuario": usuario, "motivo": motivo, "now": now},
    )


async def select_open(
    db: Database | Connection, usuario: str, now: datetime, used: datetime
) -> list[StoredSession]:
    """Those of this person that may still be used, the last used first; of our own only those used after `used`."""
    rows = await db.fetch_all(OPEN, {"usuario": usuario, "now": now, "used": used, "limit": MOST_OPEN})
    return [StoredSession(**row) for row in rows]


async def delete_over(db: Database, now: datetime) -> int:
    """Forget those whose time has come, a portion at once; how many there were."""
    deleted = 0
    while True:
        async with db.transaction() as conn:
            await conn.ask(lock_head(conn.dialect, "cambios"))  # as above
            rows = await conn.fetch_all(OVER, {"now": now, "limit": PORTION})
            if rows:
                inside, values = placeholders("sesion", [row["sesion"] for row in rows])
                await conn.execute(f"DELETE FROM sesiones WHERE sesion IN ({inside})", values)
        deleted += len(rows)
        if len(rows) < PORTION:
            return deleted


OVER = "SELECT sesion FROM sesiones WHERE fin < :now ORDER BY fin LIMIT :limit"
KEY = ("sesion",)
COLUMNS = StoredSession.__slots__
SEEN = ("vista", "direccion", "navegador")
CLOSED = ("cerrada", "motivo")
OPEN = f"""
    SELECT {", ".join(f"s.{column}" for column in COLUMNS)}
    FROM sesiones s JOIN usuarios u ON u.usuario = s.usuario
    WHERE s.usuario = :usuario AND s.fin > :now AND s.cerrada IS NULL AND (s.modo = 'sitio' OR s.vista > :used)
      AND (u.sesiones_desde IS NULL OR s.creada >= u.sesiones_desde)
    ORDER BY s.vista DESC, s.sesion LIMIT :limit
"""
_values = attrgetter(*COLUMNS)
