"""Keeps the parts of people's names written, by which the list of conversations is filtered."""

import asyncio

import structlog

from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.grams import forget_where_lost, write_missing

PORTION = 100
PAUSE = 0.05
"""Seconds between two portions: messages go first."""
EVERY = 10.0
"""Seconds between looks for names that are new. Until then such people are found one by one."""

log = structlog.get_logger("supportapp.indexing")


class Indexing:
    """Writes what is missing, whoever wrote the names: this process, another one, or SQL by hand."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked = False

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            more = await self._some()
            await asyncio.sleep(PAUSE if more else EVERY)

    async def _some(self) -> int:
        try:
            if not self._looked:
                await forget_where_lost(self._database)
                self._looked = True
            return await write_missing(self._database, PORTION)
        except DatabaseUnavailable:
            return 0
        except Exception:  # people are found one by one until it can be mended
            log.exception("names are not indexed")
            return 0
