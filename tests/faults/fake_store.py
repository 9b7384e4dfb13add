"""The tables and the spool's files in memory, with the rules that the real ones enforce, and their ways to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from supportapp.desk import batch, catching_up, committer, dispatcher, spool
from supportapp.desk.sending import fingerprint
from supportapp.store.conversations import Person, Summary
from supportapp.store.database import DatabaseUnavailable, RowRefused
from supportapp.store.messages import Message, NewMessage, Stored
from supportapp.store.sequence import Place
from supportapp.store.spool_file import SpoolRow

POISON = "☠"
"""A text with it is refused by the database, as one that its columns cannot hold."""


@dataclass
class Table:
    """What all processes share. Writers take turns, as under the counter's row lock."""

    people: dict[str, Person]
    rows: list[Message] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    summaries: dict[str, Summary] = field(default_factory=dict)

    def person(self, usuario: str) -> Person:
        known = self.people[usuario]
        numero = max((row.numero for row in self.rows if row.de_usuario == usuario), default=0)
        conversation = self.summaries.get(usuario)
        return Person(usuario, known.nombre, known.rol, True, None, numero, conversation)


class FakeDatabase:
    """One process's way to the table: `away` fails, `fail` fails once at the commit, `lose` loses its answer once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.away = self.lose = self.fail = False

    @asynccontextmanager
    async def transaction(
        self, deadline: float | None = None, *, use: str = "writing"
    ) -> AsyncIterator["Transaction"]:
        await self.look()
        async with self.table.turn:
            transaction = Transaction(self)
            yield transaction
            await self.look()
            if self.fail and transaction.new:
                self.fail = False
                raise DatabaseUnavailable("fell over before the commit")
            transaction.commit()
            if self.lose and transaction.new:
                self.lose = False
                raise DatabaseUnavailable("the answer was lost")

    async def look(self) -> None:
        """A way to the server and back."""
        await asyncio.sleep(0.003)
        if self.away:
            raise DatabaseUnavailable("away")


@dataclass
class Transaction:
    """What a transaction has written so far."""

    database: FakeDatabase
    new: list[NewMessage] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    head: int | None = None

    @property
    def table(self) -> Table:
        return self.database.table

    def commit(self) -> None:
        assert self.head == (self.new[-1].id if self.new else None), "the counter and the rows go together"
        people = self.table.people
        for row in self.new:
            names = (people[row.de_usuario].nombre, people[row.para_usuario].nombre)
            values = {name: getattr(row, name) for name in NewMessage.__slots__ if name != "huella"}
            admin = people[row.para_usuario].rol == "admin"
            message = Message(**values, de_nombre=names[0], para_nombre=names[1], para_admin=admin)
            self.table.rows.append(message)
        self.table.summaries.update({summary.usuario: summary for summary in self.summaries})


async def lock_head(connection: Transaction) -> int:
    await connection.database.look()
    return len(connection.table.rows)


async def select_people(connection: Transaction, names: Sequence[str]) -> dict[str, Person]:
    return {name: connection.table.person(name) for name in names if name in connection.table.people}


async def select_stored(connection: Transaction, keys: Sequence[tuple[str, str]]) -> list[Stored]:
    found = [row for row in connection.table.rows if (row.de_usuario, row.id_cliente) in keys]
    return [
        Stored(r.de_usuario, r.id_cliente, r.id, r.fecha, fingerprint(r.para_usuario, r.mensaje))
        for r in found
    ]


async def insert_messages(connection: Transaction, rows: Sequence[NewMessage]) -> None:
    await connection.database.look()
    there = {(row.de_usuario, row.id_cliente) for row in connection.table.rows}
    for row in rows:
        if POISON in row.mensaje:
            raise RowRefused("the column cannot hold it")
        if (row.de_usuario, row.id_cliente) in there:
            raise RowRefused("duplicate", duplicate=True)
        if row.id != len(connection.table.rows) + len(connection.new) + 1:
            raise RowRefused("duplicate id", duplicate=True)
        there.add((row.de_usuario, row.id_cliente))
        connection.new.append(row)


async def upsert_conversations(connection: Transaction, summaries: Sequence[Summary]) -> None:
    connection.summaries += summaries


async def update_head(connection: Transaction, valor: int) -> None:
    connection.head = valor


async def prove_writable(database: FakeDatabase, deadline: float | None = None) -> None:
    await database.look()


async def select_place(database: FakeDatabase, position: int) -> Place:
    await database.look()
    rows = database.table.rows
    row = rows[position - 1] if 0 < position <= len(rows) else None
    return Place(len(rows), "época", row.de_usuario if row else None, row.id_cliente if row else None)


async def select_messages_since(database: FakeDatabase, after: int, limit: int) -> list[Message]:
    await database.look()
    return database.table.rows[after : after + limit]


async def select_messages_after(
    database: FakeDatabase, usuario: str, after: int, limit: int
) -> list[Message]:
    await database.look()
    return [r for r in database.table.rows[after:] if usuario in (r.de_usuario, r.para_usuario)][:limit]


@dataclass
class MemoryFile:
    """A spool's file: what was added is there after its process is gone."""

    path: Path
    kept: dict[tuple[str, str], SpoolRow] = field(default_factory=dict)
    taken: bool = True
    there: bool = True

    def add(self, rows: Sequence[SpoolRow]) -> None:
        for row in rows:
            self.kept.setdefault((row.de_usuario, row.id_cliente), row)

    def rows(self) -> list[SpoolRow]:
        return list(self.kept.values())

    def remove(self, keys: Sequence[tuple[str, str]]) -> None:
        for key in keys:
            self.kept.pop(key, None)

    def put_away(self, row: SpoolRow, reason: str) -> Path:
        return self.path.with_suffix(".refused")

    def close(self) -> None:
        self.taken = False


class Disk:
    """The files of all processes, each in the folder of its own."""

    def __init__(self) -> None:
        self.files: list[MemoryFile] = []

    def create(self, folder: Path) -> MemoryFile:
        self.files.append(MemoryFile(folder / str(len(self.files))))
        return self.files[-1]

    def left_behind(self, folder: Path) -> list[MemoryFile]:
        found = [file for file in self.files if file.path.parent == folder and not file.taken]
        for file in found:
            file.taken = True
        return found

    def crash(self, folder: Path) -> None:
        """The kernel lets go of the locks of the process whose SPOOL_DIR `folder` is."""
        for file in self.files:
            if folder in file.path.parents:
                file.taken = False


async def in_thread(_: object, work: Callable[[], Any]) -> Any:
    """In place of the spool's thread: the disk takes a moment."""
    await asyncio.sleep(0.002)
    return work()


def installed(disk: Disk) -> AbstractContextManager[object]:
    """The desk's own modules over this store instead of the real one."""
    stack = ExitStack()
    for module in (batch, catching_up, committer, dispatcher):
        for fake in FAKES:
            if hasattr(module, fake.__name__):
                stack.enter_context(patch.object(module, fake.__name__, fake))
    stack.enter_context(patch.object(spool, "SpoolFile", disk))
    stack.enter_context(patch.object(spool.Spool, "_in_thread", in_thread))
    return stack


FAKES = (
    lock_head,
    select_people,
    select_stored,
    insert_messages,
    upsert_conversations,
    update_head,
    prove_writable,
    select_place,
    select_messages_since,
    select_messages_after,
)
