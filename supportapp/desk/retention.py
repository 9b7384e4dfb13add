"""How long what is kept: counted without a change, or applied, once a day by one of the processes that serve."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog

from supportapp.config import Settings
from supportapp.desk.erasing import finish_begun
from supportapp.desk.moment import utc_now
from supportapp.desk.turns import Turns
from supportapp.store.audit import count_entries, delete_entries
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.emptying import empty_texts, select_old
from supportapp.store.retention import (
    ADDRESSES,
    ENDED,
    UNUSED,
    count_sessions,
    forget_addresses,
    forget_sessions,
    note_emptied,
    select_emptied,
    take_day,
)

LOOKED_AT = 1000
"""Messages in one query."""
FIRST_AFTER = 60.0
"""Seconds from the start: people who come back are served first."""
EVERY = 3600.0
"""Seconds between looks whether it has been done today."""

Kept = Callable[[Database, datetime, bool], Awaitable[int]]
"""Forget what is older than that, or only count it; how much that is."""
log = structlog.get_logger("supportapp.retention")


async def keep_messages(database: Database, before: datetime, dry: bool) -> int:
    """Their texts; ids and order stay."""
    count, after, turns = 0, await select_emptied(database), Turns()
    while True:
        last, ids = await select_old(database, after, before, LOOKED_AT)
        count += len(ids)
        while ids and not dry:
            some, ids = ids[: turns.size], ids[turns.size :]
            async with turns.one(), database.transaction() as connection:
                await empty_texts(connection, some, utc_now())
        if last == after:
            return count
        after = last
        if not dry:
            await note_emptied(database, after)


async def keep_sessions(database: Database, before: datetime, dry: bool) -> int:
    if dry:
        return sum([await count_sessions(database, which, before) for which in (UNUSED, ENDED)])
    return await forget_sessions(database, before)


async def keep_addresses(database: Database, before: datetime, dry: bool) -> int:
    return await (count_sessions(database, ADDRESSES, before) if dry else forget_addresses(database, before))


async def keep_audit(database: Database, before: datetime, dry: bool) -> int:
    return await (count_entries(database, before) if dry else delete_entries(database, before))


KEPT: Mapping[str, Kept] = MappingProxyType(
    {"messages": keep_messages, "sessions": keep_sessions, "addresses": keep_addresses, "audit": keep_audit}
)
"""What is kept for the days of the setting `RETAIN_…_DAYS` of its name. What comes new is a line here, and a setting."""


async def retain(settings: Settings, database: Database, *, dry: bool = False) -> dict[str, int]:
    """Forget what is older than the settings say, or only count it; how much of each kind, without those kept for ever."""
    counts = {}
    if not dry:
        await finish_begun(database)
    for name, keep in KEPT.items():
        if days := getattr(settings, f"retain_{name}_days"):
            counts[name] = await keep(database, utc_now() - timedelta(days=days), dry)
    if not dry:
        await database.empty_log()
    return counts


class Retention:
    """Applies it once a day, in whichever process is first."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._taken = False

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.sleep(FIRST_AFTER)
        while True:
            try:
                await self.look()
            except DatabaseUnavailable as error:
                log.warning("what is too old stays until the next look", reason=str(error))
            except Exception:
                log.exception("what is too old stays until the next look")
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Apply it where nobody has today; what failed is tried again at the next look."""
        self._taken = self._taken or await take_day(self._database, utc_now().date().isoformat())
        if self._taken:
            counts = await retain(self._settings, self._database)
            self._taken = False
            if any(counts.values()):
                log.info("what was too old is forgotten", **counts)
