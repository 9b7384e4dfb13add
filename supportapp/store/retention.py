"""`sesiones`: what of them is kept for a time only, while what ends a session stays for as long as a token of it counts."""

from datetime import datetime

from supportapp.store.database import Database
from supportapp.store.sequence import lock_head
from supportapp.store.statements import inserts, on_duplicate, placeholders

AT_ONCE = 500
EMPTIED = "textos_hasta"
ADDRESSES = "direccion IS NOT NULL AND vista < :before"
UNUSED = "cerrada IS NULL AND vista < :before"
ENDED = "cerrada IS NOT NULL AND (direccion IS NOT NULL OR navegador IS NOT NULL) AND vista < :before"


async def count_sessions(db: Database, which: str, before: datetime) -> int:
    """How many sessions there are of a kind (one of the conditions above), last used before that time."""
    return int(await db.fetch_val(f"SELECT COUNT(*) AS n FROM sesiones WHERE {which}", {"before": before}))


async def forget_addresses(db: Database, before: datetime) -> int:
    """Forget from where sessions were used that were last used before that time; how many there were."""
    return await _each(db, ADDRESSES, "UPDATE sesiones SET direccion = NULL", before)


async def forget_sessions(db: Database, before: datetime) -> int:
    """Forget the sessions last used before that time; of those that were ended only where and with what. How many there were."""
    unused = await _each(db, UNUSED, "DELETE FROM sesiones", before)
    return unused + await _each(db, ENDED, "UPDATE sesiones SET direccion = NULL, navegador = NULL", before)


async def _each(db: Database, which: str, sql: str, before: datetime) -> int:
    """A portion at once; each is looked at again, since it may be in use by now."""
    done, values = 0, {"before": before}
    while rows := await db.fetch_all(
        f"SELECT sesion FROM sesiones WHERE {which} LIMIT :limit", {**values, "limit": AT_ONCE}
    ):
        inside, keys = placeholders("sesion", [row["sesion"] for row in rows])
        async with db.transaction() as connection:
            await connection.ask(
                lock_head(connection.dialect, "cambios")
            )  # as all do that lock several sessions
            sessions = {**values, **keys}
            done += await connection.execute(f"{sql} WHERE {which} AND sesion IN ({inside})", sessions)
    return done


async def select_emptied(db: Database) -> int:
    """Up to which id all texts have been forgotten: they need not be looked at every day."""
    return int(await db.fetch_val(f"SELECT valor FROM meta WHERE clave = '{EMPTIED}'") or 0)


async def note_emptied(db: Database, number: int) -> None:
    async with db.transaction() as connection:
        await connection.upsert_rows("meta", ("clave",), ("clave", "valor"), [(EMPTIED, str(number))])


async def take_day(db: Database, day: str) -> bool:
    """Whether nobody has begun with what is done once on this day (`2026-01-31`), or on a later one; nobody else may then."""
    nothing = on_duplicate(db.dialect, ("clave",), ("clave",))
    async with db.transaction() as connection:
        await connection.ask(*inserts("meta", ("clave", "valor"), [("retencion", "")], nothing))
        return await connection.execute(TAKE, {"day": day}) > 0


TAKE = "UPDATE meta SET valor = :day WHERE clave = 'retencion' AND valor < :day"
