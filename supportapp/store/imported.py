"""`importados`, and the transaction of an import: messages from another system with their summaries and marks."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from supportapp.store.conversations import Person, Summary, upsert_conversations
from supportapp.store.database import Connection, Database, Row
from supportapp.store.folding import fold
from supportapp.store.marks import KEY, Mark
from supportapp.store.messages import LAST_IDS, NewMessage, insert_messages, select_stored
from supportapp.store.sequence import lock_head, update_head
from supportapp.store.statements import Dialect, Insert, Query, Statement, inserts, on_duplicate, placeholders
from supportapp.store.users import User
from supportapp.store.writing import people_in, select_people

IMPORTED = "importado:"
"""How an `id_cliente` of theirs begins; clients cannot choose one with a colon."""
ADMINS = Query("SELECT usuario FROM usuarios WHERE rol = 'admin' ORDER BY usuario")
MARK = ("entregado_hasta", "leido_hasta", "recibidos_leidos")


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


@dataclass(frozen=True, slots=True)
class Before:
    """What holds until the transaction ends; `received`: the last id that each person was sent."""

    head: int
    people: dict[str, Person]
    admins: list[str]
    marks: dict[tuple[str, str], Mark]
    received: dict[str, int]


class Addition(Protocol):
    """What is to be written; ids go on from the head."""

    @property
    def rows(self) -> Sequence[NewMessage]: ...

    @property
    def summaries(self) -> Iterable[Summary]: ...

    @property
    def marks(self) -> Iterable[Mark]: ...


A = TypeVar("A", bound=Addition)


async def write_imported(db: Database, names: Collection[str], decide: Callable[[Before], A]) -> A:
    """What `decide` makes of what is known of `names`, once it is committed; the marks move with the messages, untold.

    Under the counters of messages and of marks, so that no id, summary or mark of anybody else is lost. Raises
    `DatabaseUnavailable`, after which it may be stored, or `RowRefused`.
    """
    ordered = sorted(names)
    inside, values = placeholders("usuario", ordered)
    reads = {
        "head": lock_head(db.dialect),
        "moves": lock_head(db.dialect, "lecturas"),
        "people": select_people(ordered),
        "admins": ADMINS,
        "marks": Query(
            f"SELECT lector, usuario, {', '.join(MARK)} FROM lecturas WHERE usuario IN ({inside})", values
        ),
        "last": Query(f"{LAST_IDS} WHERE u.usuario IN ({inside})", values),
    }

    def writes(rows: list[list[Row]]) -> tuple[list[Statement], A]:
        found = dict(zip(reads, rows, strict=True))
        marks = [Mark(**row) for row in found["marks"]]
        added = decide(
            Before(
                head=int(found["head"][0]["valor"]),
                people=people_in(found["people"]),
                admins=[row["usuario"] for row in found["admins"]],
                marks={(mark.lector, mark.usuario): mark for mark in marks},
                received={row["usuario"]: row["recibido"] or 0 for row in found["last"]},
            )
        )
        summaries = upsert_conversations(db.dialect, added.summaries)
        advanced = upsert_marks(db.dialect, added.marks)
        return [*insert_messages(added.rows), *summaries, *advanced, update_head(added.rows[-1].id)], added

    return await db.exchange(list(reads.values()), writes)


def upsert_marks(dialect: Dialect, marks: Iterable[Mark]) -> Iterator[Insert]:
    """Marks as they are now, where nobody else moves them. Their `cambio` stays: who asks for the messages asks for them."""
    rows = sorted((m.lector, m.usuario, m.entregado_hasta, m.leido_hasta, m.recibidos_leidos) for m in marks)
    return inserts("lecturas", (*KEY, *MARK), rows, on_duplicate(dialect, KEY, (*KEY, *MARK)))


async def select_stored_keys(db: Database, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the messages `(de_usuario, id_cliente)` that are there already."""
    return {(one.de_usuario, one.id_cliente) for one in await select_stored(db, keys)}


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
