"""The only import of `databases`: its manager, over one backend of our own for both dialects.

`databases` keeps one connection per task and a stack of transactions on it; a connection that dies or a task
that is cancelled inside a transaction never gives its slot back. So what is used of it is its manager and the
interfaces below: a backend of our own opens, acquires and releases, and `Database` begins and commits.
"""

import contextlib
import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, cast

import databases
from databases.interfaces import ConnectionBackend, DatabaseBackend

from supportapp.store.addresses import mysql_arguments, sqlite_path
from supportapp.store.connection import translated
from supportapp.store.failures import DatabaseUnavailable, NoRoom
from supportapp.store.mysql_session import MySQLSession
from supportapp.store.pool import Pool
from supportapp.store.sqlite_file import DatabaseFile
from supportapp.store.sqlite_session import SQLiteSession

READERS = 3  # SQLite reads beside its one writer
Use = Literal["messages", "writing", "reading"]


class Lease(ConnectionBackend):
    """A connection of one of our pools: giving it back never waits, never fails and frees the slot."""

    def __init__(self, homes: Sequence[Pool[Any]]) -> None:
        """`homes`: where to ask for a connection, in this order while the server has no room for one more."""
        self._homes = homes
        self._home = homes[0]
        self._connection: Any = None

    @property
    def raw_connection(self) -> Any:
        return self._connection

    async def acquire(self) -> None:
        *others, last = self._homes
        for home in others:
            try:
                self._home, self._connection = home, await home.acquire()
                return
            except NoRoom as refusal:
                reason = str(refusal)
        self._home, self._connection = last, await last.acquire()
        if others:
            others[0].share(reason)

    async def release(self) -> None:
        connection, self._connection = self._connection, None
        self._home.release(connection)

    def discard(self) -> None:
        self._home.discard(self._connection)

    async def roll_back(self) -> None:
        try:
            await self._connection.rollback()
        except Exception:
            self.discard()


class Backend(DatabaseBackend):
    """One connection that is kept for the writer of messages, so that it waits for nobody, and some for all others.

    On MySQL `size` in all. SQLite takes one writer at a time: there all who write share the one, few others only
    read, and all are open before anybody asks, because a file cannot be opened where descriptors run out.
    """

    def __init__(self, url: databases.DatabaseURL, *, size: int) -> None:
        self._url = str(url)
        self._size = size

    async def connect(self) -> None:
        if self._url.startswith("sqlite"):
            opener = partial(SQLiteSession.open, DatabaseFile(sqlite_path(self._url)))
            kept: Pool[Any] = Pool(opener, 1, recycle=math.inf)
            others: Pool[Any] = Pool(partial(opener, readonly=True), READERS, recycle=math.inf)
            self._homes: dict[Use, list[Pool[Any]]] = {
                "messages": [kept],
                "writing": [kept],
                "reading": [others],
            }
        else:
            arguments = mysql_arguments(self._url)

            async def connection(*, several: bool = False) -> MySQLSession:
                return await translated(MySQLSession.open(arguments, several=several))

            kept = Pool(partial(connection, several=True), 1)
            others = Pool(connection, self._size - 1)
            self._homes = {"messages": [kept, others], "writing": [others, kept], "reading": [others, kept]}
        self._kept, self._others = kept, others

    async def disconnect(self) -> None:
        await self._others.close()
        await self._kept.close()

    async def fill(self) -> None:
        """Open what must be open before anybody asks."""
        if self._url.startswith("sqlite"):
            async with contextlib.AsyncExitStack() as stack:
                for _ in range(READERS):
                    lease = self.connection("reading")
                    await lease.acquire()
                    stack.push_async_callback(lease.release)

    def connection(self, use: Use = "writing") -> Lease:
        return Lease(self._homes[use])

    def load(self) -> tuple[int, int]:
        """How many connections are lent, and how many wait for one."""
        pools = (self._kept, self._others)
        return sum(pool.used for pool in pools), sum(pool.waiting for pool in pools)


class Manager(databases.Database):
    """What of `databases` is used; `Database` decides when."""

    SUPPORTED_BACKENDS = {  # noqa: RUF012
        "mysql": f"{__name__}:Backend",
        "sqlite": f"{__name__}:Backend",
    }

    async def fill(self) -> None:
        await translated(cast("Backend", self._backend).fill())

    def load(self) -> tuple[int, int]:
        return cast("Backend", self._backend).load() if self.is_connected else (0, 0)

    def lease(self, use: Use) -> Lease:
        """A connection of the backend, not yet acquired, and not the one that `databases` keeps for this task."""
        if not self.is_connected:
            raise DatabaseUnavailable("the database is not connected")
        return cast("Backend", self._backend).connection(use)
