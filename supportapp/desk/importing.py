"""Moving in: the people and messages of the older system, in their order, each once, beside whoever writes meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta, tzinfo
from itertools import islice
from typing import TypeVar

from supportapp.desk.imported_accounts import everybody
from supportapp.desk.imported_people import Decision, Folded, Plan
from supportapp.desk.imported_report import Report, rows_of
from supportapp.desk.imported_storing import Stale, Storing
from supportapp.desk.moment import utc_now
from supportapp.store.database import Database, RowRefused
from supportapp.store.grams import write_missing
from supportapp.store.imported import (
    Account,
    adopt_desk,
    insert_accounts,
    select_accounts,
    select_imported,
    select_stored_keys,
)
from supportapp.store.legacy import Legacy, OldMessage

PEOPLE_AT_ONCE = 200
PORTION = 1000
"""Rows that are read at once."""
SLACK = timedelta(minutes=5)
"""So far ahead a date is taken for one of a clock that is a little wrong, and not for the future."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person said; whoever wrote to the desk within `waiting` without an answer is shown as waiting."""

    zone: tzinfo = UTC
    folded: Folded | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    imagen: bool = False
    waiting: timedelta = timedelta(days=7)


class Importing:
    """One run of an import; run again it goes on where it ended, and finds what has come since."""

    def __init__(self, database: Database, legacy: Legacy, wishes: Wishes) -> None:
        self._database = database
        self._legacy = legacy
        self._wishes = wishes
        self._zone = UTC if legacy.in_utc else wishes.zone
        self._again = True
        now = utc_now()
        self._latest = now + SLACK
        self._storing = Storing(database, now - wishes.waiting)

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
        found = [one for old in some for one in rows_of(report, old, self._zone, self._latest)]
        # Where nothing has ever been imported, nothing need be asked; the table's key refuses what came meanwhile.
        there = await select_stored_keys(self._database, [one.key for one in found]) if self._again else set()
        new = [one for one in found if one.key not in there]
        report.there += len(found) - len(new)
        if write:
            await self._storing.store(report, new)
        else:
            report.stored += len(new)
        report.seen += len(some)


def without_imagen(account: Account) -> Account:
    return replace(account, imagen=None)


def portions(rows: list[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some
