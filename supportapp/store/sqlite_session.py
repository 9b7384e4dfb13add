"""One persistent SQLite connection in its own thread, one thread switch for all that is asked at once."""

# mypy: disable-error-code="no-untyped-call"

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from queue import SimpleQueue
from threading import Thread
from typing import Any

import aiosqlite
from aiosqlite.core import _connection_worker_thread

from supportapp.store.sqlite_connect import connect_sqlite
from supportapp.store.sqlite_file import DatabaseFile, Names
from supportapp.store.statements import COMMIT, Query, Statement, insert_into

Values = Mapping[str, object] | Sequence[object]


class SQLiteSession(aiosqlite.Connection):
    """What the pool and our `Connection` need of a SQLite connection.

    Before a transaction, before its COMMIT and after it, and before a statement without one, it looks whether its file
    still has its name: what is done in between counts for nothing until then.
    """

    def __init__(self, file: DatabaseFile, *, readonly: bool = False) -> None:
        super().__init__(self._open, iter_chunk_size=64)
        self._file = file
        self._names: Names = ()
        self._connect_to = partial(connect_sqlite, readonly=readonly, create=False)
        self._opened: sqlite3.Connection | None = None
        self._given_up = False
        # A daemon: a disk that hangs must not keep the process from ending.
        self._thread = Thread(target=_work, args=(self._tx,), daemon=True, name="sqlite")

    @classmethod
    async def open(cls, file: DatabaseFile, *, readonly: bool = False) -> "SQLiteSession":
        return await cls(file, readonly=readonly)  # type: ignore[return-value]

    async def select(self, sql: str, values: Mapping[str, object]) -> list[Mapping[str, Any]]:
        return (await self._execute(self._run, sql, _named(values)))[0] or []

    async def change(self, sql: str, values: Mapping[str, object]) -> int:
        """The number of rows that the statement matched."""
        return (await self._execute(self._run, sql, _named(values)))[1]  # type: ignore[no-any-return]

    async def several(self, statements: Sequence[Statement]) -> list[list[Mapping[str, Any]]]:
        """The rows of those that have columns; one thread switch for all, and the first error ends them."""
        return await self._execute(self._run_all, [_bound(one) for one in statements])  # type: ignore[no-any-return]

    def usable(self) -> bool:
        return self._running and self._connection is not None and self._names == self._file.names

    def silent(self) -> bool:
        """There is no other end."""
        return True

    async def prove(self) -> None:
        """Nothing to prove: there is no other end."""

    def abandon(self) -> asyncio.Future[object] | None:
        """Break off the running statement; closing rolls the transaction back."""
        if not self._running:
            return None
        self._given_up = True  # no interruption reaches what has not begun, and COMMIT may be next
        if self._connection is not None:
            self._connection.interrupt()
        return self.stop()

    async def finish(self) -> None:
        await self.close()

    def stop(self) -> asyncio.Future[object] | None:
        """As the library's, which would leave the file open where the task was cancelled while it opened."""
        self._tx.put_nowait((None, self._close_opened))
        return super().stop()

    def _open(self) -> sqlite3.Connection:
        self._opened, self._names = self._file.open(self._connect_to)
        return self._opened

    def _close_opened(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _run_all(self, statements: Sequence[tuple[str, Values]]) -> list[list[Mapping[str, Any]]]:
        answers = [self._run(sql, values)[0] for sql, values in statements]
        return [rows for rows in answers if rows is not None]

    def _run(self, sql: str, values: Values) -> tuple[list[Mapping[str, Any]] | None, int]:
        """The rows, where it has columns, and the number of rows that it matched."""
        if self._given_up:
            raise sqlite3.OperationalError("given up")
        if sql == COMMIT.sql or not self._conn.in_transaction:
            self._file.check(self._conn, self._names)
        cursor = self._conn.execute(sql, values)
        try:
            if cursor.description is None:
                rows: list[Mapping[str, Any]] | None = None
                if not self._conn.in_transaction:  # committed, and to what?
                    self._file.check(self._conn, self._names)
            else:
                columns = [column[0] for column in cursor.description]
                rows = [dict(zip(columns, row, strict=True)) for row in cursor]
            return rows, cursor.rowcount
        finally:
            cursor.close()


def _work(queue: SimpleQueue[Any]) -> None:
    """The library's thread, which survives that the event loop ends before it could hand over a result."""
    while True:
        try:
            _connection_worker_thread(queue)
            return
        except RuntimeError:  # the loop is closed; what is still queued is the closing of the file
            if queue.empty():
                return


def _bound(statement: Statement) -> tuple[str, Values]:
    """`statement` as SQL and its values."""
    if isinstance(statement, Query):
        return statement.sql, _named(statement.values)
    table, columns, rows, ending = statement
    marks = f"({', '.join('?' * len(columns))})"
    sql = insert_into(table, columns) + ", ".join([marks] * len(rows)) + ending
    return sql, [_stored(value) for value in chain.from_iterable(rows)]


def _named(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _stored(value) for name, value in values.items()}


def _stored(value: object) -> object:
    """Datetimes as text of one width, so that text order is time order.

    Here and not in an adapter: adapters are one table for the whole process, and yoyo writes its own into it.
    """
    return value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value
