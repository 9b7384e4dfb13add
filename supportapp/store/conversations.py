"""`conversaciones`: one row for each person who has one, kept with the messages, so that lists are one read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, itemgetter

from supportapp.store.database import Connection, Database
from supportapp.store.folding import fold
from supportapp.store.grams import FOUND, select_rarest
from supportapp.store.statements import (
    Dialect,
    Insert,
    containing,
    inserts,
    on_duplicate,
)


@dataclass(frozen=True, slots=True)
class Summary:
    """A row of `conversaciones`. `recibidos`: the running number of the person's latest message.

    `esperando_desde`: their first message to the desk that nobody has answered; `con_mesa`: they have an
    exchange with the desk. Datetimes are naive UTC.
    """

    usuario: str
    ultimo_id: int
    ultimo_de: str
    vista_previa: str
    ultima_fecha: datetime
    recibidos: int
    esperando_desde: datetime | None
    con_mesa: bool


@dataclass(frozen=True, slots=True)
class Person:
    """What the writer must know of a sender or recipient; `numero` of their last message, 0 without one."""

    usuario: str
    nombre: str
    rol: str
    activo: bool
    sesiones_desde: datetime | None
    numero: int
    conversation: Summary | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row of the list as `lector` sees it: `unread` is theirs, the rest everybody's; `ultimo_nombre` of `ultimo_de`."""

    usuario: str
    nombre: str
    ultimo_id: int
    ultimo_de: str
    vista_previa: str
    ultima_fecha: datetime
    recibidos: int
    esperando_desde: datetime | None
    con_mesa: bool
    ultimo_nombre: str
    unread: int


def upsert_conversations(dialect: Dialect, rows: Iterable[Summary]) -> Iterator[Insert]:
    """Write the rows whole, in the order of their names: two writers that meet must not deadlock."""
    ordered = sorted(map(_values, rows), key=itemgetter(0))
    replacing = on_duplicate(dialect, ("usuario",), Summary.__slots__)
    return inserts("conversaciones", Summary.__slots__, ordered, replacing)


async def select_conversations(
    db: Database | Connection,
    lector: str,
    *,
    before: int | None = None,
    after: int | None = None,
    search: str = "",
    limit: int = 50,
) -> list[Conversation]:
    """A page of the conversations of non-admins, latest first.

    `before`, `after`: only those whose `ultimo_id` is less, greater; with `after` the nearest `limit` above
    it. `search`: only those whose user name or name contains it, case and accents aside.
    """
    conditions, source = ["u.rol <> 'admin'"], LIST
    values: dict[str, object] = {"lector": lector, "limit": limit}
    if before is not None:
        conditions.append("c.ultimo_id < :before")
        values["before"] = before
    if after is not None:
        conditions.append("c.ultimo_id > :after")
        values["after"] = after
    if search:
        nombre = "plegar(u.nombre)" if db.dialect == "sqlite" else "u.nombre"  # MySQL: by its collation
        conditions.append(f"(u.clave LIKE :search ESCAPE '!' OR {nombre} LIKE :search ESCAPE '!')")
        folded = fold(search)
        values["search"] = containing(folded)
        if grama := await select_rarest(db, folded):
            source, values["grama"] = AMONG_FEW, grama
    order = "ASC" if after is not None and before is None else "DESC"
    sql = f"{source} WHERE {' AND '.join(conditions)} ORDER BY c.ultimo_id {order} LIMIT :limit"
    rows = await db.fetch_all(sql, values)
    return sorted((Conversation(**row) for row in rows), key=lambda row: row.ultimo_id, reverse=True)


async def select_conversation(db: Database | Connection, lector: str, usuario: str) -> Conversation | None:
    """The conversation of `usuario` as `lector` sees it; None before its first message."""
    row = await db.fetch_one(f"{ONE} WHERE c.usuario = :usuario", {"lector": lector, "usuario": usuario})
    return Conversation(**row) if row and row["usuario"] == usuario else None


async def select_desk_conversations(db: Database | Connection) -> list[str]:
    """The names of the non-admins who have an exchange with the desk, latest activity first."""
    return [row["usuario"] for row in await db.fetch_all(DESK)]


_values = attrgetter(*Summary.__slots__)  # `astuple` copies every value, and deeply
_SUMMARY = (
    "c.ultimo_id, c.ultimo_de, c.vista_previa, c.ultima_fecha, c.recibidos, c.esperando_desde, c.con_mesa"
)
PEOPLE = f"""
    SELECT u.usuario, u.nombre, u.rol, u.activo, u.sesiones_desde, {_SUMMARY},
           (SELECT m.numero FROM mensajes m /*! FORCE INDEX (mensajes_de_usuario) */ WHERE m.de_usuario = u.usuario ORDER BY m.id DESC LIMIT 1) AS numero
    FROM usuarios u LEFT JOIN conversaciones c ON c.usuario = u.usuario
"""
_ROW = f"c.usuario, u.nombre, {_SUMMARY}, d.nombre AS ultimo_nombre, c.recibidos - COALESCE(l.recibidos_leidos, 0) AS unread"
_READER = """JOIN usuarios u ON u.usuario = c.usuario JOIN usuarios d ON d.usuario = c.ultimo_de
    LEFT JOIN lecturas l ON l.lector = :lector AND l.usuario = c.usuario"""
# The hints keep MySQL from sorting everybody's rows for one page; SQLite takes them for comments.
_IN_ORDER = "conversaciones c /*! FORCE INDEX (conversaciones_ultimo_id) */"
LIST = f"SELECT /*! STRAIGHT_JOIN */ {_ROW} FROM {_IN_ORDER} {_READER}"
AMONG_FEW = f"SELECT /*! STRAIGHT_JOIN */ {_ROW} FROM {FOUND} AS found JOIN conversaciones c ON c.usuario = found.usuario {_READER}"
ONE = f"SELECT {_ROW} FROM conversaciones c {_READER}"
DESK = """
    SELECT c.usuario FROM conversaciones c JOIN usuarios u ON u.usuario = c.usuario
    WHERE c.con_mesa = 1 AND u.rol <> 'admin' ORDER BY c.ultimo_id DESC
"""
