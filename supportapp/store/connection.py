"""One connection while it is lent: queries on the driver's own connection, its errors as ours."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from supportapp.store.failures import DRIVER_ERRORS, DatabaseUnavailable, translate
from supportapp.store.mysql_session import MySQLSession
from supportapp.store.sqlite_session import SQLiteSession
from supportapp.store.statements import NOTHING, Dialect, Statement, inserts, on_duplicate

Row = Mapping[str, Any]
T = TypeVar("T")


class Connection:
    """One connection of the pool while it is lent. Values are `:named`; datetimes are naive UTC both ways.

    Every method raises `DatabaseUnavailable` or `RowRefused`. After the first
    `DatabaseUnavailable` nothing more can be asked: MySQL ends the transaction at a deadlock, and what
    follows would be committed without what came before.
    """

    def __init__(self, dialect: Dialect, session: MySQLSession | SQLiteSession) -> None:
        self.dialect: Dialect = dialect
        self._session = session
        self._failure: DatabaseUnavailable | None = None

    async def fetch_all(self, sql: str, values: Mapping[str, object] = NOTHING) -> list[Row]:
        return await self.run(self._session.select(sql, values))

    async def fetch_one(self, sql: str, values: Mapping[str, object] = NOTHING) -> Row | None:
        rows = await self.fetch_all(sql, values)
        return rows[0] if rows else None

    async def fetch_val(self, sql: str, values: Mapping[str, object] = NOTHING) -> Any:
        """The first column of the first row; None without a row."""
        row = await self.fetch_one(sql, values)
        return None if row is None else next(iter(row.values()))

    async def execute(self, sql: str, values: Mapping[str, object] = NOTHING) -> int:
        """The number of rows that the statement matched, changed by it or not."""
        return await self.run(self._session.change(sql, values))

    async def ask(self, *statements: Statement) -> list[list[Row]]:
        """Several statements in one go; the rows of those that have columns, in their order.

        What follows the first that fails is not done.
        """
        return await self.run(self._session.several(statements))

    async def insert_rows(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """As few statements as there may be."""
        await self.ask(*inserts(table, columns, rows))

    async def upsert_rows(
        self, table: str, key: Sequence[str], columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        """Insert `rows`, or replace their columns outside `key` where the key is already there."""
        await self.ask(*inserts(table, columns, rows, on_duplicate(self.dialect, key, columns)))

    async def run(self, work: Awaitable[T]) -> T:
        """`work` of the driver, its errors translated."""
        if self._failure is not None:
            if asyncio.iscoroutine(work):
                work.close()
            raise self._failure
        try:
            return await translated(work)
        except DatabaseUnavailable as failure:
            self._failure = failure
            raise


async def translated(work: Awaitable[T]) -> T:
    """What `work` of a driver returns; its errors as ours."""
    try:
        return await work
    except DRIVER_ERRORS as error:
        failure = translate(error)
        if failure is None:
            raise
        raise failure from error


@asynccontextmanager
async def limit(seconds: float) -> AsyncIterator[None]:
    """`DatabaseUnavailable` where the block takes longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise DatabaseUnavailable(f"no answer within {seconds:g} s") from error
