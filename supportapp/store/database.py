"""The only import of `databases`: connections, transactions and deadlines on both dialects, its faults mended.

`databases` keeps one connection per task and a stack of transactions on it; a connection that dies or a task
that is cancelled inside a transaction never gives its slot back. So what is used of it is its manager and the
interfaces below: backends of our own open, acquire, release, begin and commit, and `Database` decides when,
under a deadline.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import databases
from databases.interfaces import ConnectionBackend, DatabaseBackend, TransactionBackend

from supportapp.config import Settings
from supportapp.store.addresses import mysql_arguments, sqlite_path
from supportapp.store.connection import NOTHING, Connection, Row, limit, translated
from supportapp.store.failures import DatabaseUnavailable, RowRefused
from supportapp.store.mysql_session import MySQLSession
from supportapp.store.pool import Pool
from supportapp.store.sqlite_session import SQLiteSession
from supportapp.store.statements import Dialect

__all__ = ["Connection", "Database", "DatabaseUnavailable", "Row", "RowRefused"]

READERS = 3  # SQLite reads beside its one writer
DEADLINE = 5.0  # seconds for a query, for the queries of one `connection()`, and for a free connection


class Database:
    """The database of the settings; has the query methods of `Connection`, each on a connection of its own."""

    def __init__(self, url: str, *, pool: int = 5, deadline: float = DEADLINE) -> None:
        self.dialect: Dialect = "sqlite" if url.startswith("sqlite") else "mysql"
        self._deadline = deadline
        self._manager = _Manager(url, size=pool)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Database":
        return cls(settings.database_url, pool=settings.database_pool)

    async def connect(self, wait: float = 0.0) -> None:
        """Open the pool and see that the database answers; keeps trying for `wait` seconds."""
        await self._manager.connect()
        until = time.monotonic() + wait
        try:
            async with limit(max(wait, self._deadline)):
                await self._first_answer(until)
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        await self._manager.disconnect()

    @asynccontextmanager
    async def transaction(self, deadline: float | None = None) -> AsyncIterator[Connection]:
        """A write transaction, committed at the end of the block; SQLite's takes the write lock at its start.

        `deadline` in seconds counts from the moment a connection is ready, for which there is as much time
        again. An exception of the block rolls back; where that is not certain (cancelled, deadline, lost
        connection) the connection is closed, so that its slot is free whatever the database does. A COMMIT
        that missed the deadline may be stored.
        """
        async with self._lent(deadline, write=True) as lease:
            connection = Connection(self.dialect, lease.raw_connection)
            transaction = lease.transaction()
            await connection.run(transaction.start(is_root=True, extra_options={}))
            try:
                yield connection
                await connection.run(transaction.commit())
            except DatabaseUnavailable:
                raise
            except Exception:
                await lease.roll_back(transaction)
                raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for several reads; SQLite's refuses to write."""
        async with self._lent(None, write=False) as lease:
            yield Connection(self.dialect, lease.raw_connection)

    async def fetch_all(self, sql: str, values: Mapping[str, object] = NOTHING) -> list[Row]:
        async with self.connection() as connection:
            return await connection.fetch_all(sql, values)

    async def fetch_one(self, sql: str, values: Mapping[str, object] = NOTHING) -> Row | None:
        async with self.connection() as connection:
            return await connection.fetch_one(sql, values)

    async def fetch_val(self, sql: str, values: Mapping[str, object] = NOTHING) -> Any:
        async with self.connection() as connection:
            return await connection.fetch_val(sql, values)

    async def execute(self, sql: str, values: Mapping[str, object] = NOTHING) -> int:
        async with self._lent(None, write=True) as lease:
            return await Connection(self.dialect, lease.raw_connection).execute(sql, values)

    async def stream(
        self, sql: str, values: Mapping[str, object] = NOTHING, *, key: str = "id", page: int = 500
    ) -> AsyncIterator[Row]:
        """The rows of `sql` page by page, so that memory stays flat and a slow reader holds no connection.

        `sql` must have `key > :after … ORDER BY key LIMIT :limit`.
        """
        after = 0
        while rows := await self.fetch_all(sql, {**values, "after": after, "limit": page}):
            for row in rows:
                yield row
            if len(rows) < page:
                return
            after = rows[-1][key]

    async def _first_answer(self, until: float) -> None:
        while True:
            try:
                await self.fetch_val("SELECT 1")
                return
            except DatabaseUnavailable:
                if time.monotonic() >= until:
                    raise
            await asyncio.sleep(0.2)

    @asynccontextmanager
    async def _lent(self, deadline: float | None, *, write: bool) -> AsyncIterator["_Lease"]:
        """A connection of the pool; closed at the end unless it is certainly as it was at the beginning."""
        seconds = deadline or self._deadline
        lease = self._manager.lease(write=write)
        async with limit(seconds):
            await translated(lease.acquire())
        try:
            async with limit(seconds):
                yield lease
        except BaseException as error:
            if isinstance(error, DatabaseUnavailable) or not isinstance(error, Exception):
                lease.discard()
            raise
        finally:
            await lease.release()  # does not wait, so that no cancellation can come between


class _Transaction(TransactionBackend):
    """A whole transaction, without the savepoints of `databases`; each session knows how to begin one."""

    def __init__(self, session: MySQLSession | SQLiteSession) -> None:
        self._session = session

    async def start(self, is_root: bool, extra_options: Mapping[Any, Any]) -> None:
        await self._session.begin()

    async def commit(self) -> None:
        await self._session.commit()

    async def rollback(self) -> None:
        await self._session.rollback()


class _Lease(ConnectionBackend):
    """A connection of our pool: giving it back never waits, never fails and frees the slot."""

    def __init__(self, home: Pool[Any]) -> None:
        self._home = home
        self._connection: Any = None

    @property
    def raw_connection(self) -> Any:
        return self._connection

    async def acquire(self) -> None:
        self._connection = await self._home.acquire()

    async def release(self) -> None:
        connection, self._connection = self._connection, None
        self._home.release(connection)

    def discard(self) -> None:
        self._home.discard(self._connection)

    def transaction(self) -> TransactionBackend:
        return _Transaction(self._connection)

    async def roll_back(self, transaction: TransactionBackend) -> None:
        try:
            await transaction.rollback()
        except Exception:
            self.discard()


class MySQLBackend(DatabaseBackend):
    """In place of the one of `databases`, for our pool instead of aiomysql's."""

    def __init__(self, url: databases.DatabaseURL, *, size: int) -> None:
        self._arguments = mysql_arguments(str(url))
        self._size = size

    async def connect(self) -> None:
        self._pool = Pool(partial(MySQLSession.open, self._arguments), self._size)

    async def disconnect(self) -> None:
        await self._pool.close()

    def connection(self, *, write: bool = True) -> _Lease:
        return _Lease(self._pool)


class SQLiteBackend(DatabaseBackend):
    """In place of the one of `databases`: one lasting writer, few lasting readers, no file opened per query."""

    def __init__(self, url: databases.DatabaseURL, *, size: int) -> None:
        self._open = partial(SQLiteSession.open, sqlite_path(str(url)))

    async def connect(self) -> None:
        self._writer = Pool(self._open, 1, recycle=math.inf)
        self._readers = Pool(partial(self._open, readonly=True), READERS, recycle=math.inf)

    async def disconnect(self) -> None:
        await self._readers.close()
        await self._writer.close()

    def connection(self, *, write: bool = True) -> _Lease:
        return _Lease(self._writer if write else self._readers)


class _Manager(databases.Database):
    SUPPORTED_BACKENDS = {  # noqa: RUF012
        "mysql": f"{__name__}:MySQLBackend",
        "sqlite": f"{__name__}:SQLiteBackend",
    }

    def lease(self, *, write: bool) -> _Lease:
        """A connection of the backend, not yet acquired, and not the one that `databases` keeps for this task."""
        if not self.is_connected:
            raise DatabaseUnavailable("the database is not connected")
        return cast("MySQLBackend | SQLiteBackend", self._backend).connection(write=write)
