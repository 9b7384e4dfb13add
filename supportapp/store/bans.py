"""`prohibiciones`: who may not come in for a time, a person or a network."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Literal

from supportapp.store.database import Connection, Database
from supportapp.store.statements import inserts, on_duplicate

Object = Literal["persona", "red"]


@dataclass(frozen=True, slots=True)
class Ban:
    """In naive UTC. `valor`: a name, or a network in its usual spelling; `quien` None: the command line."""

    tipo: Object
    valor: str
    desde: datetime
    hasta: datetime
    quien: str | None
    motivo: str | None


async def upsert_ban(conn: Connection, ban: Ban) -> None:
    """One for each person and each network: a new one takes the place of the old. What ended a day ago is forgotten."""
    await conn.execute("DELETE FROM prohibiciones WHERE hasta < :before", {"before": ban.desde - KEPT})
    await conn.ask(
        *inserts("prohibiciones", COLUMNS, [_values(ban)], on_duplicate(conn.dialect, KEY, COLUMNS))
    )


async def delete_ban(conn: Connection, tipo: Object, valor: str) -> int:
    """How many there were, 0 or 1."""
    return await conn.execute(
        "DELETE FROM prohibiciones WHERE tipo = :tipo AND valor = :valor", {"tipo": tipo, "valor": valor}
    )


async def select_bans(db: Database | Connection, now: datetime) -> list[Ban]:
    """Those that hold now, people first, each in the order of their names."""
    return [Ban(**row) for row in await db.fetch_all(HOLDING, {"now": now})]


KEPT = timedelta(days=1)
KEY = ("tipo", "valor")
COLUMNS = Ban.__slots__
HOLDING = f"SELECT {', '.join(COLUMNS)} FROM prohibiciones WHERE hasta > :now ORDER BY tipo, valor"
_values = attrgetter(*COLUMNS)
