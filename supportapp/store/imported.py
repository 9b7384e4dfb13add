"""`importados`: who of another system has become whom, and which of its messages are here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from supportapp.store.database import Connection, Database
from supportapp.store.folding import fold
from supportapp.store.statements import placeholders
from supportapp.store.users import User

IMPORTED = "importado:"
"""How an `id_cliente` of theirs begins; clients cannot choose one with a colon."""
STORED = "SELECT de_usuario, id_cliente FROM mensajes /*! FORCE INDEX (mensajes_id_cliente) */ WHERE de_usuario = :u{} AND id_cliente IN ({})"
AT_ONCE = 50
"""Senders that are asked about in one query."""
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who comes from the other system, known there as `nombre_anterior`, as they are to be here."""

    nombre_anterior: str
    usuario: str
    nombre: str
    rol: str
    pass_hash: str | None
    activo: bool
    imagen: str | None


async def select_stored_keys(db: Database, keys: Iterable[Key]) -> set[Key]:
    """Those of the messages `(de_usuario, id_cliente)` that are there already; a range of the index for each sender."""
    senders: dict[str, list[str]] = {}
    for usuario, id_cliente in keys:
        senders.setdefault(usuario, []).append(id_cliente)
    found: set[Key] = set()
    left = iter(senders.items())
    while some := list(islice(left, AT_ONCE)):
        values: dict[str, object] = {}
        for place, (usuario, ids) in enumerate(some):
            values |= {f"u{place}": usuario} | placeholders(f"c{place}_", ids)[1]
        sql = " UNION ALL ".join(
            STORED.format(place, placeholders(f"c{place}_", ids)[0]) for place, (_, ids) in enumerate(some)
        )
        found.update((row["de_usuario"], row["id_cliente"]) for row in await db.fetch_all(sql, values))
    return found


async def select_imported(db: Database) -> dict[str, str]:
    """Who has become whom in earlier imports, by the names there."""
    rows = await db.fetch_all("SELECT nombre, usuario FROM importados")
    return {row["nombre"]: row["usuario"] for row in rows}


async def select_accounts(db: Database) -> list[User]:
    """Everybody who is here. An import has to know all of them."""
    rows = await db.fetch_all("SELECT usuario, nombre, rol, activo, pass, sesiones_desde FROM usuarios")
    return [
        User(*(row[name] for name in ("usuario", "nombre", "rol", "activo", "pass", "sesiones_desde")))
        for row in rows
    ]


async def insert_accounts(
    conn: Connection, new: Sequence[Account], met: Sequence[Account], now: datetime
) -> None:
    """The accounts that are `new`, and that these and those `met` here are decided; raises `RowRefused` (duplicate)."""
    columns = ("usuario", "clave", "nombre", "rol", "pass", "activo", "creado")
    rows = [(a.usuario, fold(a.usuario), a.nombre, a.rol, a.pass_hash, a.activo, now) for a in new]
    await conn.insert_rows("usuarios", columns, rows)
    decided = [(a.nombre_anterior, a.usuario, a.imagen) for a in (*new, *met)]
    await conn.insert_rows("importados", ("nombre", "usuario", "imagen"), decided)


async def adopt_desk(conn: Connection, account: Account) -> None:
    """The desk's own account, which nobody has signed in to yet, becomes theirs, with their password."""
    await conn.execute(
        "UPDATE usuarios SET pass = :pass, nombre = :nombre WHERE usuario = :usuario AND pass IS NULL",
        {"pass": account.pass_hash, "nombre": account.nombre, "usuario": account.usuario},
    )
