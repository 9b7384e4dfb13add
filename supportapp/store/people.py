"""`usuarios` as those see them who see to the people: by name, with what each may do and when they were here last."""

from dataclasses import dataclass
from datetime import datetime

from supportapp.store.database import Connection, Database, Row
from supportapp.store.folding import fold
from supportapp.store.grams import FOUND, select_rarest
from supportapp.store.statements import containing


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, in naive UTC. `vista`: last use of a session that is not forgotten yet; `sesiones`: how many are open;
    `prohibida`: until when they are banned."""

    usuario: str
    nombre: str
    rol: str
    administra: bool
    activo: bool
    creado: datetime
    vista: datetime | None
    sesiones: int
    prohibida: datetime | None


@dataclass(frozen=True, slots=True)
class Search:
    """Whom to list: in whose names there is `buscar`, case and accents aside; of the role `rol`, where there is one."""

    buscar: str = ""
    rol: str = ""


async def select_people(
    db: Database | Connection,
    search: Search,
    now: datetime,
    *,
    after: str = "",
    but: tuple[str, str] = ("", ""),
    limit: int = 50,
) -> list[Person]:
    """A page of people in the order of their names, from behind `after` on, without the two of `but`."""
    source, conditions = "usuarios u", ["u.usuario > :after", "u.usuario NOT IN (:one, :other)"]
    values: dict[str, object] = {"after": after, "now": now, "limit": limit, "one": but[0], "other": but[1]}
    if search.rol:
        conditions.append("u.rol = :rol")
        values["rol"] = search.rol
    if folded := fold(search.buscar.strip()):
        nombre = "plegar(u.nombre)" if db.dialect == "sqlite" else "u.nombre"  # MySQL: by its collation
        conditions.append(f"(u.clave LIKE :search ESCAPE '!' OR {nombre} LIKE :search ESCAPE '!')")
        values["search"] = containing(folded)
        if grama := await select_rarest(db, folded):
            source = f"{FOUND} AS found JOIN usuarios u ON u.usuario = found.usuario"
            values["grama"] = grama
    sql = f"SELECT {COLUMNS} FROM {source} WHERE {' AND '.join(conditions)} ORDER BY u.usuario LIMIT :limit"
    return [_person(row) for row in await db.fetch_all(sql, values)]


async def select_person(db: Database | Connection, usuario: str, now: datetime) -> Person | None:
    """The person of exactly this name."""
    values = {"usuario": usuario, "now": now}
    row = await db.fetch_one(f"SELECT {COLUMNS} FROM usuarios u WHERE u.usuario = :usuario", values)
    return _person(row) if row and row["usuario"] == usuario else None


def _person(row: Row) -> Person:
    found = {name: row[name] for name in Person.__slots__}
    found |= {name: bool(row[name]) for name in ("administra", "activo")}
    return Person(**found | {name: _moment(row[name]) for name in ("vista", "prohibida")})


def _moment(value: datetime | str | None) -> datetime | None:
    """SQLite knows of columns only that they are moments."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


COLUMNS = """
    u.usuario, u.nombre, u.rol, u.administra, u.activo, u.creado,
    (SELECT MAX(s.vista) FROM sesiones s WHERE s.usuario = u.usuario) AS vista,
    (SELECT COUNT(*) FROM sesiones s WHERE s.usuario = u.usuario AND s.fin > :now AND s.cerrada IS NULL
       AND (u.sesiones_desde IS NULL OR s.creada >= u.sesiones_desde)) AS sesiones,
    (SELECT p.hasta FROM prohibiciones p WHERE p.tipo = 'persona' AND p.valor = u.usuario AND p.hasta > :now) AS prohibida
"""
