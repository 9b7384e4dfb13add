"""`secuencia` and `meta`: the counters, one of which orders all messages, and the epoch it counts in."""

import secrets
from dataclasses import dataclass
from typing import Literal

from supportapp.store.database import Connection, Database
from supportapp.store.statements import Dialect, Query

Counter = Literal["mensajes", "lecturas", "cambios", "auditoria"]
"""What is numbered: messages by their ids, the moves of marks, other changes, what the audit has of them."""


def lock_head(dialect: Dialect, counter: Counter = "mensajes") -> Query:
    """The last number given out, its row locked until the transaction ends: writers take turns here.

    SQLite's transaction holds the write lock already.
    """
    return Query(HEAD.format(counter) + (" FOR UPDATE" if dialect == "mysql" else ""))


def update_head(valor: int, counter: Counter = "mensajes") -> Query:
    return Query(f"UPDATE secuencia SET valor = :valor WHERE nombre = '{counter}'", {"valor": valor})


async def take_number(conn: Connection, counter: Counter) -> int:
    """The next number, for a transaction that then does `update_head`: until its end all others wait for theirs."""
    return int(await conn.fetch_val(lock_head(conn.dialect, counter).sql)) + 1


async def select_head(db: Database | Connection, counter: Counter = "mensajes") -> int:
    """The last number that is committed."""
    return int(await db.fetch_val(HEAD.format(counter)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the table stands: its last id, its epoch, and what a given id is known by, if there is one: not by whose it is, for people are erased."""

    head: int
    epoca: str
    numero: int | None
    id_cliente: str | None


async def select_place(db: Database | Connection, position: int) -> Place:
    """The head and the epoch, and the row at `position`, by which a follower sees that it is still the same table."""
    row = await db.fetch_one(PLACE, {"position": position})
    assert row is not None, "the migrations fill secuencia and meta"
    return Place(**row)


async def select_epoch(db: Database | Connection) -> str:
    """What ids are counted in; another one means another history."""
    return str(await db.fetch_val("SELECT valor FROM meta WHERE clave = 'epoca'"))


async def select_former_epochs(db: Database | Connection) -> list[str]:
    """The epochs of this database before it was restored."""
    return [row["clave"] for row in await db.fetch_all(f"SELECT clave FROM meta WHERE valor = '{FORMER}'")]


async def renew_epoch(db: Database, known: str, *others: str) -> str:
    """A new epoch in place of `known`, for a database that was restored: what was known of its ids no longer holds.

    `known` and `others`, by which processes knew it, stay as its former ones: what was kept under their names is
    for this database. Where another process renewed it meanwhile, theirs counts.
    """
    async with db.transaction() as connection:
        former = [(epoch, FORMER) for epoch in sorted({known, *others})]
        await connection.upsert_rows("meta", ("clave",), ("clave", "valor"), former)
        values = {"epoca": secrets.token_hex(16), "known": known}
        await connection.execute(
            "UPDATE meta SET valor = :epoca WHERE clave = 'epoca' AND valor = :known", values
        )
    return await select_epoch(db)


async def select_last_id(db: Database | Connection) -> int:
    """The greatest id of a message; 0 without one. The counter is never behind it."""
    return int(await db.fetch_val("SELECT COALESCE(MAX(id), 0) FROM mensajes"))


async def select_count_and_max(db: Database | Connection) -> tuple[int, int]:
    """How many messages there are and the greatest id; they are equal. Reads the whole index."""
    row = await db.fetch_one("SELECT COUNT(*) AS rows_, COALESCE(MAX(id), 0) AS max_ FROM mensajes")
    return (int(row["rows_"]), int(row["max_"])) if row else (0, 0)


FORMER = "anterior"
PLACE = """
    SELECT s.valor AS head, e.valor AS epoca, m.numero, m.id_cliente
    FROM secuencia s JOIN meta e ON e.clave = 'epoca' LEFT JOIN mensajes m ON m.id = :position
    WHERE s.nombre = 'mensajes'
"""
HEAD = "SELECT valor FROM secuencia WHERE nombre = '{}'"
