"""The tables and the spool's files in memory, with the rules that the real ones enforce, and their ways to fail."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, ExitStack
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
from supportapp.store.writing import A, Additions, Known

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

    def check(self, new: Sequence[NewMessage]) -> None:
        there = {(row.de_usuario, row.id_cliente) for row in self.rows}
        for place, row in enumerate(new, len(self.rows) + 1):
            if POISON in row.mensaje:
                raise RowRefused("the column cannot hold it")
            if (row.de_usuario, row.id_cliente) in there:
                raise RowRefused("duplicate", duplicate=True)
            if row.id != place:
                raise RowRefused("duplicate id", duplicate=True)
            there.add((row.de_usuario, row.id_cliente))

    def commit(self, added: Additions) -> None:
        for row in added.rows:
            names = (self.people[row.de_usuario].nombre, self.people[row.para_usuario].nombre)
            values = {name: getattr(row, name) for name in NewMessage.__slots__ if name != "huella"}
            admin = self.people[row.para_usuario].rol == "admin"
            message = Message(**values, de_nombre=names[0], para_nombre=names[1], para_admin=admin)
            self.rows.append(message)
        self.summaries.update({summary.usuario: summary for summary in added.summaries})


class FakeDatabase:
    """One process's way to the table: `away` fails, `fail` fails once at the commit, `lose` loses its answer once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.away = self.lose = self.fail = False

    async def look(self) -> None:
        """A way to the server and back."""
        await asyncio.sleep(0.003)
        if self.away:
            raise DatabaseUnavailable("away")


async def write_messages(
    database: FakeDatabase,
    names: Collection[str],
    keys: Sequence[tuple[str, str]],
    decide: Callable[[Known], A],
    deadline: float | None = None,
    *,
    sessions: Collection[str] = (),
) -> A:
    await database.look()
    async with database.table.turn:
        table = database.table
        people = {name: table.person(name) for name in names if name in table.people}
        found = [row for row in table.rows if (row.de_usuario, row.id_cliente) in keys]
        stored = [
            Stored(r.de_usuario, r.id_cliente, r.id, r.fecha, fingerprint(r.para_usuario, r.mensaje))
            for r in found
        ]
        await database.look()
        added = decide(Known(len(table.rows), people, stored, closed=set()))
        table.check(added.rows)
        await database.look()
        if database.fail and added.rows:
            database.fail = False
            raise DatabaseUnavailable("fell over before the commit")
        table.commit(added)
        if database.lose and added.rows:
            database.lose = False
            raise DatabaseUnavailable("the answer was lost")
    return added


async def prove_writable(database: FakeDatabase, deadline: float | None = None) -> None:
    await database.look()


async def select_place(database: FakeDatabase, position: int) -> Place:
    await database.look()
    rows = database.table.rows
    row = rows[position - 1] if 0 < position <= len(rows) else None
    return Place(len(rows), "época", row.numero if row else None, row.id_cliente if row else None)


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
    write_messages,
    prove_writable,
    select_place,
    select_messages_since,
    select_messages_after,
)
