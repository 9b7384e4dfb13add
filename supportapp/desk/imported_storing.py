"""Stores what is imported, a short transaction at a time, beside whoever writes meanwhile."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from time import monotonic

from supportapp.desk.imported_memory import Memory, Unknown, decide
from supportapp.desk.imported_report import Report
from supportapp.desk.imported_rows import Imported
from supportapp.store.database import Database, DatabaseUnavailable, RowRefused
from supportapp.store.imported import select_stored_keys
from supportapp.store.imported_writing import write_imported

FEWEST, MOST = 100, 500
"""Messages of one transaction, during which no other message is stored."""
WISHED = 0.1
"""Seconds that a transaction may take, so that writers wait a fraction of 250 ms."""
PATIENCE = 60.0
"""Seconds for a database that is away."""


class Stale(Exception):  # noqa: N818
    """Somebody made one of these accounts, or another import runs: what was decided has to be decided again."""


class Storing:
    """`since`: whoever wrote to the desk before it waits for no answer."""

    def __init__(self, database: Database, since: datetime) -> None:
        self._database = database
        self._since = since
        self._live: dict[str, datetime] = {}
        self._memory = Memory()
        self._size = FEWEST

    async def store(self, report: Report, new: list[Imported]) -> None:
        """All of `new`, which is not there yet; raises `Stale`, `DatabaseUnavailable`."""
        while new:
            portion, new = new[: self._size], new[self._size :]
            await self._store(report, portion)

    async def _store(self, report: Report, portion: list[Imported]) -> None:
        """One transaction; where it is not certain whether it happened, the table says."""
        until = monotonic() + PATIENCE
        while portion:
            begun = monotonic()
            try:
                await self._write(portion)
            except DatabaseUnavailable:
                if monotonic() > until:
                    raise
                await asyncio.sleep(0.5)
            except RowRefused as error:
                if not error.duplicate:
                    raise
            else:
                report.stored += len(portion)
                return await self._let_others(report, monotonic() - begun)
            there = await self._stored(portion, until)
            if not there and monotonic() > until:
                raise Stale("another row has this place")
            report.stored += len(there)
            portion = [one for one in portion if one.key not in there]
        return None

    async def _write(self, portion: list[Imported]) -> None:
        """Of people who are remembered nothing is asked, unless others wrote to or as them meanwhile."""
        memory = self._memory
        while True:
            try:
                added = await write_imported(
                    self._database,
                    memory.unknown(portion),
                    memory.head,
                    lambda before: decide(before, memory, portion, self._since, self._live),
                )
            except Unknown as error:
                memory.forget(error.names)
            except BaseException:
                memory.forget(None)
                raise
            else:
                return memory.keep(added)

    async def _stored(self, portion: list[Imported], until: float) -> Collection[tuple[str, str]]:
        while True:
            try:
                return await select_stored_keys(self._database, [one.key for one in portion])
            except DatabaseUnavailable:
                if monotonic() > until:
                    raise
            await asyncio.sleep(0.5)

    async def _let_others(self, report: Report, took: float) -> None:
        """SQLite has no line in which writers wait: they try again and again, and find it free half of the time."""
        report.longest = max(report.longest, took)
        self._size = round(min(MOST, max(FEWEST, self._size * min(1.5, max(0.5, WISHED / took)))))
        await asyncio.sleep(took if self._database.dialect == "sqlite" else 0)
