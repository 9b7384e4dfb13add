"""A pool whose slots always come back: neither a cancelled task nor a dead connection keeps one."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import structlog

from supportapp.store.failures import NoRoom

SMALLER_FOR = 60.0
"""Seconds before a pool for which the server had no room asks for as many connections again."""
log = structlog.get_logger("supportapp.database")


class Pooled(Protocol):
    """What the pool must know about a connection; nothing here may wait except `prove` and `finish`."""

    def usable(self) -> bool:
        """Whether it is open and as it was at the beginning, as far as is known here."""

    def silent(self) -> bool:
        """Whether the other end has not said goodbye while it idled; may ask the kernel."""

    async def prove(self) -> None:
        """Ask the database for a sign of life; raises where there is none."""

    def abandon(self) -> asyncio.Future[object] | None:
        """Cut it off at once, whatever it is doing; the future, if any, is done when it is really gone."""

    async def finish(self) -> None:
        """Say goodbye and close."""


C = TypeVar("C", bound=Pooled)


class Pool(Generic[C]):
    """Up to `size` connections made by `opener`.

    Replaces aiomysql's pool, which holds its lock while it connects and does not wake a waiter when a closed
    connection comes back, and the SQLite backend of `databases`, which opens a file and a thread per query.
    A connection that idled longer than `recycle` seconds is replaced, one that idled longer than `trust`
    seconds has to prove that it lives; if it does not, the other idle ones are dropped with it. Where the server
    refuses one more (`NoRoom`), those that are there are shared.
    """

    def __init__(
        self, opener: Callable[[], Awaitable[C]], size: int, *, recycle: float = 280.0, trust: float = 1.0
    ) -> None:
        self._opener = opener
        self._slots = asyncio.Semaphore(size)
        self._idle: deque[tuple[C, float]] = deque()
        self._leaving: set[asyncio.Future[object]] = set()
        self._recycle = recycle
        self._trust = trust
        self._closed = False
        self._told = False
        self._owed = 0
        self.used = self.waiting = 0

    async def acquire(self) -> C:
        """A live connection; waits for a free slot. The caller sets the deadline."""
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        try:
            connection = await self._idle_one() or await self._new_one()
        except BaseException:
            self._free()
            raise
        self.used += 1
        return connection

    def release(self, connection: C) -> None:
        """Take `connection` back. Never waits, so that it cannot be cancelled half-way."""
        self.used -= 1
        if connection.usable() and not self._closed:
            self._idle.append((connection, time.monotonic()))
        else:
            self.discard(connection)
        self._slots.release()

    def share(self, reason: str) -> None:
        """Say once that there are not as many connections as were asked for."""
        if not self._told:
            log.warning("fewer connections than DATABASE_POOL, they are shared", reason=reason)
        self._told = True

    def discard(self, connection: C) -> None:
        """Cut `connection` off. It still has to be released."""
        leaving = connection.abandon()
        if leaving is not None:
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def close(self, patience: float = 2.0) -> None:
        """Close the idle connections; those in use are closed when they come back."""
        self._closed = True
        with contextlib.suppress(Exception):
            async with asyncio.timeout(patience):
                while self._idle:
                    await self._idle[-1][0].finish()
                    self._idle.pop()
        self._drop_idle()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=patience)

    async def _idle_one(self) -> C | None:
        """An idle connection that lives, the one used last first."""
        while self._idle:
            connection, since = self._idle.pop()
            idle_for = time.monotonic() - since
            if not (connection.usable() and connection.silent()) or idle_for > self._recycle:
                self.discard(connection)
            elif idle_for < self._trust or await self._proven(connection):
                return connection
        return None

    async def _new_one(self) -> C:
        """A new connection; where there is no room for it, the next of ours that comes back."""
        while True:
            try:
                return await self._opener()
            except NoRoom as refusal:
                if not self.used:
                    raise
                self.share(str(refusal))
            await self._shrink()
            connection = await self._idle_one()
            if connection is not None:
                return connection

    async def _shrink(self) -> None:
        """Give our slot up for a while, and wait for the next that is free."""
        back = False

        def give_back() -> None:
            nonlocal back
            back = True
            self._free()

        timer = asyncio.get_running_loop().call_later(SMALLER_FOR, give_back)
        try:
            await self._slots.acquire()
        except BaseException:
            timer.cancel()
            self._owed += back  # it is back already, and whoever called will give it back once more
            raise

    def _free(self) -> None:
        if self._owed:
            self._owed -= 1
        else:
            self._slots.release()

    async def _proven(self, connection: C) -> bool:
        try:
            await connection.prove()
        except Exception:
            self.discard(connection)
            self._drop_idle()
            return False
        except BaseException:
            self.discard(connection)
            raise
        return True

    def _drop_idle(self) -> None:
        while self._idle:
            self.discard(self._idle.pop()[0])
