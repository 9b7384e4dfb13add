"""Moving in: the people and messages of the older system, in their order, each once, beside whoever writes meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from time import monotonic
from typing import TypeVar

from supportapp.desk.imported_batch import Memory, Unknown, decide
from supportapp.desk.imported_people import Decision, Folded, Plan, everybody
from supportapp.desk.imported_rows import Imported, moment, pieces_of, readable
from supportapp.desk.moment import utc_now
from supportapp.store.database import Database, DatabaseUnavailable, RowRefused
from supportapp.store.grams import write_missing
from supportapp.store.imported import (
    Account,
    adopt_desk,
    insert_accounts,
    select_accounts,
    select_imported,
    select_stored_keys,
)
from supportapp.store.imported_writing import write_imported
from supportapp.store.legacy import Legacy, OldMessage

PEOPLE_AT_ONCE = 200
PORTION = 1000
"""Rows that are read at once."""
FEWEST, MOST = 100, 500
"""Messages of one transaction, during which no other message is stored."""
WISHED = 0.1
"""Seconds that a transaction may take, so that writers wait a fraction of 250 ms."""
PATIENCE = 60.0
"""Seconds for a database that is away."""
NAMED = 5
SLACK = timedelta(minutes=5)
"""So far ahead a date is taken for one of a clock that is a little wrong, and not for the future."""


T = TypeVar("T")


class Stale(Exception):  # noqa: N818
    """Somebody made one of these accounts, or another import runs: what was decided has to be decided again."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person said; whoever wrote to the desk within `waiting` without an answer is shown as waiting."""

    zone: tzinfo = UTC
    folded: Folded | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    imagen: bool = False
    waiting: timedelta = timedelta(days=7)


@dataclass(slots=True)
class Report:
    """What was done. `odd`: by what is strange of messages, how many and the first of their ids there."""

    plan: Plan
    people: int
    total: int
    seen: int = 0
    stored: int = 0
    there: int = 0
    first: datetime | None = None
    last: datetime | None = None
    longest: float = 0.0
    """Seconds of the longest transaction: nobody else stored a message meanwhile."""
    odd: dict[str, tuple[int, list[int]]] = field(default_factory=dict)

    def note(self, what: str, number: int) -> None:
        count, ids = self.odd.get(what, (0, []))
        self.odd[what] = count + 1, [*ids, number] if len(ids) < NAMED else ids


class Importing:
    """One run of an import; run again it goes on where it ended, and finds what has come since."""

    def __init__(self, database: Database, legacy: Legacy, wishes: Wishes) -> None:
        self._database = database
        self._legacy = legacy
        self._wishes = wishes
        self._zone = UTC if legacy.in_utc else wishes.zone
        self._live: dict[str, datetime] = {}
        self._memory = Memory()
        self._size = FEWEST
        self._again = True
        now = utc_now()
        self._latest, self._since = now + SLACK, now - wishes.waiting

    async def plan(self) -> Report:
        """Who will be whom, and how many messages there are; nothing is written. Raises `Undecided`."""
        people, names, total = await asyncio.to_thread(
            lambda: (self._legacy.people(), self._legacy.names(), self._legacy.count())
        )
        here = {user.usuario: user for user in await select_accounts(self._database)}
        earlier = await select_imported(self._database)
        self._again = bool(earlier)
        decision = Decision(here, earlier, self._wishes.renames, self._wishes.folded)
        plan = decision.decide(everybody(people, names))
        also = {
            name: plan.where[known] for name, known in names if known is not None and name not in plan.where
        }
        plan.where |= also
        return Report(plan, len(plan.where) - len(also), total)

    async def run(self, report: Report, told: Callable[[Report], None], *, write: bool = True) -> None:
        """Write what is planned and not there, or without `write` only look at it; raises `Stale`, `DatabaseUnavailable`."""
        if write:
            await self._write_people(report.plan)
        async with aclosing(self._read()) as read:
            async for some in read:
                await self._take(report, some, write=write)
                told(report)
        while write and await write_missing(self._database, PEOPLE_AT_ONCE):
            pass

    async def _write_people(self, plan: Plan) -> None:
        decided: list[tuple[Account, bool]] = [(a, True) for a in plan.new] + [(a, False) for a in plan.met]
        for some in portions(decided, PEOPLE_AT_ONCE):
            kept = [(a if self._wishes.imagen else without_imagen(a), new) for a, new in some]
            try:
                async with self._database.transaction() as connection:
                    await insert_accounts(
                        connection,
                        [a for a, new in kept if new],
                        [a for a, new in kept if not new],
                        utc_now(),
                    )
            except RowRefused as error:
                raise Stale(str(error)) from error
        if plan.desk:
            async with self._database.transaction() as connection:
                await adopt_desk(connection, plan.desk)

    async def _read(self) -> AsyncGenerator[list[OldMessage], None]:
        """The next portion is read while the one before is written."""
        local = self._latest.replace(tzinfo=UTC).astimezone(self._zone).replace(tzinfo=None)
        rows = self._legacy.messages(local, PORTION)
        ahead = asyncio.create_task(asyncio.to_thread(next, rows, None))
        try:
            while some := await ahead:
                ahead = asyncio.create_task(asyncio.to_thread(next, rows, None))
                yield some
        finally:
            self._legacy.close()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _take(self, report: Report, some: list[OldMessage], *, write: bool) -> None:
        found = [one for old in some for one in self._imported(report, old)]
        # Where nothing has ever been imported, nothing need be asked; the table's key refuses what came meanwhile.
        there = await select_stored_keys(self._database, [one.key for one in found]) if self._again else set()
        new = [one for one in found if one.key not in there]
        report.there += len(found) - len(new)
        while write and new:
            portion, new = new[: self._size], new[self._size :]
            await self._store(report, portion)
        report.stored += 0 if write else len(new)
        report.seen += len(some)

    def _imported(self, report: Report, old: OldMessage) -> Iterator[Imported]:
        """What is to be stored of one message there, with a note of everything that is strange of it."""
        where = report.plan.where
        de, para = where.get(old.de or ""), where.get(old.para or "")
        if de is None or para is None:
            report.note("without a sender or a recipient, left out", old.id)
            return
        found = list(pieces_of(old, de, para, self._when(report, old)))
        if not found:
            report.note("empty, left out", old.id)
        elif len(found) > 1:
            report.note("longer than 65,535 bytes, stored in parts", old.id)
        text = old.mensaje or ""
        if found and len(readable(text)) != len(text.replace("\r\n", "\n")):
            report.note("with control characters, which were left out", old.id)
        yield from found

    def _when(self, report: Report, old: OldMessage) -> datetime:
        """Its moment; without one of its own that of the message before."""
        said = moment(old.cuando, self._zone)
        if said is None or old.cuando != old.fecha:
            report.note("without a date, or dated in the future: placed after the one before", old.id)
        fecha = min(said or report.last or utc_now(), self._latest)
        report.first, report.last = report.first or fecha, fecha
        return fecha

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


def without_imagen(account: Account) -> Account:
    return replace(account, imagen=None)


def portions(rows: list[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some
