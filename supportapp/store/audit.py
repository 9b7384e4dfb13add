"""`auditoria`: who changed what of whom, and what was refused; inserted and read, never changed or deleted."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from supportapp.store.database import Connection, Database
from supportapp.store.statements import Query

Deed = Literal[
    "alta",
    "clave",
    "factor",
    "salida",
    "sesion",
    "sesiones",
    "cierre",
    "borrado",
    "apertura",
    "rol",
    "prohibicion",
    "fin_prohibicion",
    "invitacion",
    "enlace_clave",
    "fin_enlace",
    "entrada_fallida",
    "limite",
    "rechazo",
]
"""What was done: a new account; a new password; a second factor, begun, set, removed; signed out; one, all sessions ended; an account closed, erased, opened; a role; a
ban and its end; a link to register, to set a password, and its end before its time; and what was refused: a password that
was wrong, too many attempts, anything else."""
DEEDS: tuple[Deed, ...] = get_args(Deed)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is written down; `quien` None: the command line, or a stranger. `detalles`: JSON in ASCII."""

    fecha: datetime
    quien: str | None
    que: Deed
    a_quien: str | None
    direccion: str | None
    motivo: str | None
    detalles: str | None
    veces: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands there."""

    id: int
    fecha: datetime
    quien: str | None
    que: Deed
    a_quien: str | None
    direccion: str | None
    motivo: str | None
    detalles: str | None
    veces: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: that a person made or that were about them, of a kind, of a time on (naive UTC)."""

    persona: str | None = None
    que: str | None = None
    desde: datetime | None = None

    def condition(self, who: str = "") -> tuple[str, dict[str, object]]:
        """After `WHERE`, and its values; `who`: the column in which the person stands."""
        parts, values = ["1 = 1"], dict[str, object]()
        if who:
            parts, values["persona"] = [f"{who} = :persona"], self.persona
        if self.que:
            parts.append("que = :que")
            values["que"] = self.que
        if self.desde:
            parts.append("fecha >= :desde")
            values["desde"] = self.desde
        return " AND ".join(parts), values


async def insert_entries(conn: Connection, *entries: NewEntry) -> None:
    """In a transaction; until its end all others wait for their numbers, so it is the last thing that is done."""
    await conn.ask(*(query for entry in entries for query in (NEXT, Query(INSERT, values_of(entry)))))


async def select_entries(
    db: Database | Connection, which: Filter, *, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """A page of them, the latest first; `before`: only those whose id is less."""
    end = " AND id < :before" if before is not None else ""
    return await _select(db, which, end, {"before": before} if end else {}, "DESC", limit)


async def count_entries(db: Database, before: datetime) -> int:
    return int(
        await db.fetch_val("SELECT COUNT(*) AS n FROM auditoria WHERE fecha < :before", {"before": before})
    )


async def delete_entries(db: Database, before: datetime) -> int:
    """Forget what is older, a portion at once; how many there were. MySQL wants DELETE on the table granted for it."""
    deleted = 0
    while rows := await db.fetch_all(OLDEST, {"before": before, "limit": PORTION}):
        last = {"before": before, "last": rows[-1]["id"]}
        deleted += await db.execute("DELETE FROM auditoria WHERE fecha < :before AND id <= :last", last)
    return deleted


async def stream_entries(db: Database, which: Filter, page: int = 500) -> AsyncIterator[Entry]:
    """All of them, the first one first, a page at a time: memory stays flat and a slow reader holds no connection."""
    after = 0
    if which.desde:
        after = int(await db.fetch_val(FIRST, {"desde": which.desde})) - 1
    while entries := await _select(db, which, " AND id > :after", {"after": after}, "ASC", page):
        for entry in entries:
            yield entry
        after = entries[-1].id


async def _select(
    db: Database | Connection, which: Filter, end: str, more: Mapping[str, object], order: str, limit: int
) -> list[Entry]:
    parts = []
    values: dict[str, object] = {**more, "limit": limit}
    for who in ("quien", "a_quien") if which.persona else ("",):  # each by its own index
        condition, own = which.condition(who)
        values |= own
        parts.append(
            f"SELECT * FROM (SELECT {COLUMNS} FROM auditoria WHERE {condition}{end} ORDER BY id {order} LIMIT :limit) AS a{who}"
        )
    rows = await db.fetch_all(f"{' UNION '.join(parts)} ORDER BY id {order} LIMIT :limit", values)
    return [Entry(**row) for row in rows]


def values_of(entry: NewEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in NewEntry.__slots__}


COLUMNS = ", ".join(Entry.__slots__)
NEXT = Query("UPDATE secuencia SET valor = valor + 1 WHERE nombre = 'auditoria'")
INSERT = f"""
    INSERT INTO auditoria ({COLUMNS})
    SELECT valor, {", ".join(f":{name}" for name in NewEntry.__slots__)} FROM secuencia WHERE nombre = 'auditoria'
"""
FIRST = "SELECT COALESCE(MIN(id), 1) FROM auditoria WHERE fecha >= :desde"
OLDEST = "SELECT id FROM auditoria WHERE fecha < :before ORDER BY id LIMIT :limit"
PORTION = 500
