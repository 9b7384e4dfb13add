"""Connections, transactions and deadlines on both dialects."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from supportapp.config import Settings
from supportapp.store.backend import Lease, Manager, Use
from supportapp.store.connection import Connection, Row, limit, translated
from supportapp.store.failures import DatabaseMissing, DatabaseUnavailable, RowRefused
from supportapp.store.statements import BEGIN, COMMIT, NOTHING, ROLLBACK, Dialect, Query, Statement

__all__ = ["Connection", "Database", "DatabaseUnavailable", "Row", "RowRefused"]

T = TypeVar("T")

DEADLINE = 5.0  # seconds for a query, for the queries of one `connection()`, and for a free connection


class Database:
    """The database of the settings; has the query methods of `Connection`, each on a connection of its own."""

    def __init__(self, url: str, *, pool: int = 5, deadline: float = DEADLINE) -> None:
        self.dialect: Dialect = "sqlite" if url.startswith("sqlite") else "mysql"
        self._deadline = deadline
        self._manager = Manager(url, size=pool)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Database":
        return cls(settings.database_url, pool=settings.database_pool)

    async def connect(self, wait: float = 0.0) -> None:
        """Open the pool and see that the database answers; keeps trying for `wait` seconds."""
        await self._manager.connect()
        until = time.monotonic() + wait
        try:
            await self._first_answer(until)
            await self._manager.fill()
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        await self._manager.disconnect()

    @property
    def load(self) -> tuple[int, int]:
        """How many connections are lent, and how many wait for one."""
        return self._manager.load()

    @asynccontextmanager
    async def transaction(self, deadline: float | None = None) -> AsyncIterator[Connection]:
        """A write transaction, committed at the end of the block; SQLite's takes the write lock at its start.

        `deadline` in seconds counts from the moment a connection is ready, for which there is as much time
        again. An exception of the block rolls back; where that is not certain (cancelled, deadline, lost
        connection) the connection is closed, so that its slot is free whatever the database does. A COMMIT
        that missed the deadline may be stored.
        """
        async with self._undoing("writing", deadline) as connection:
            await connection.ask(BEGIN[self.dialect])
            yield connection
            await connection.ask(COMMIT)

    async def exchange(
        self,
        reads: Sequence[Query],
        decide: Callable[[list[list[Row]]], tuple[Sequence[Statement], T]],
        deadline: float | None = None,
        *,
        keep: bool = True,
    ) -> T:
        """A transaction in two round trips, on the connection that is kept for the writer of messages.

        `decide` makes of the rows of `reads` what is to be written, and what is returned once that is committed.
        All as in `transaction`: where a statement fails, COMMIT is not reached. Once the second trip has begun, what
        misses the deadline may be stored. Without `keep` it is undone.
        """
        async with self._undoing("messages", deadline) as connection:
            found = await connection.ask(BEGIN[self.dialect], *reads)
            writes, result = decide(found)
            await connection.ask(*writes, COMMIT if keep else ROLLBACK)
        return result

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for several reads; SQLite's refuses to write."""
        async with self._lent("reading") as lease:
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
        async with self._lent("writing") as lease:
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

    async def empty_log(self) -> bool:
        """Write SQLite's log into its file and make it empty, so that nothing erased stays in it; whether nobody was reading it."""
        if self.dialect != "sqlite":
            return True
        return not await self.fetch_val("PRAGMA wal_checkpoint(TRUNCATE)")

    @asynccontextmanager
    async def _undoing(self, use: Use, deadline: float | None) -> AsyncIterator[Connection]:
        """A connection whose transaction is rolled back where the block raises."""
        async with self._lent(use, deadline) as lease:
            try:
                yield Connection(self.dialect, lease.raw_connection)
            except DatabaseUnavailable:
                raise
            except Exception:
                await lease.roll_back()
                raise

    async def _first_answer(self, until: float) -> None:
        """On the writer's connection: where the server has room for few, it is the one that must be there."""
        while True:
            try:
                async with self._lent("messages") as lease:
                    await Connection(self.dialect, lease.raw_connection).fetch_val("SELECT 1")
                return
            except DatabaseMissing:
                raise
            except DatabaseUnavailable:
                if time.monotonic() >= until:
                    raise
            await asyncio.sleep(0.2)

    @asynccontextmanager
    async def _lent(self, use: Use, deadline: float | None = None) -> AsyncIterator[Lease]:
        """A connection of the pool; closed at the end unless it is certainly as it was at the beginning."""
        seconds = deadline or self._deadline
        lease = self._manager.lease(use)
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
