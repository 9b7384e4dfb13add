"""What was refused, gathered for the audit: counted by the minute, so that no stranger can fill a disk or slow an answer."""

import asyncio
import contextlib
from dataclasses import replace

import structlog

from supportapp.desk.audit import Actor, entry
from supportapp.store.audit import Deed, insert_entries
from supportapp.store.database import Database, DatabaseUnavailable

EVERY = 60.0
"""Seconds for which the same refusal is one entry with a count."""
MOST = 100
"""Entries of a process in that time. What goes beyond is counted without saying whose it was and from where."""

log = structlog.get_logger("supportapp.audit")

Kind = tuple[Deed, str | None, str | None, str | None, str]


class Refusals:
    """Refusals of this process that are not written down yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[Kind, int] = {}

    def note(
        self,
        que: Deed,
        direccion: str | None,
        *,
        quien: str | None = None,
        a_quien: str | None = None,
        por: str = "",
    ) -> None:
        """Count one; neither waits nor raises. Names of accounts only, never what somebody typed. `por`: which rule."""
        kind: Kind = (que, quien, a_quien, direccion, por)
        if kind not in self._counts and len(self._counts) >= MOST:
            kind = (que, None, None, None, "")
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def wrong_password(self, usuario: str | None, direccion: str | None) -> None:
        """Of this account, if there is such a one; without an address it was a command."""
        if direccion is not None:
            self.note("entrada_fallida", direccion, a_quien=usuario)

    async def run(self) -> None:
        """Write them down once a minute, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.write()

    async def finish(self, within: float) -> None:
        """Write what is left, after `run` was cancelled, for at most `within` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self.write()

    async def write(self) -> None:
        """Write what was counted; what cannot be written is counted on."""
        counts, self._counts = self._counts, {}
        if not counts:
            return
        entries = []
        for (que, quien, a_quien, direccion, por), times in counts.items():
            one = entry(que, a_quien, Actor(quien, direccion), **({"por": por} if por else {}))
            entries.append(replace(one, veces=times))
        try:
            async with self._database.transaction() as connection:
                await insert_entries(connection, *entries)
        except DatabaseUnavailable:
            for kind, times in counts.items():
                self._counts[kind] = self._counts.get(kind, 0) + times
        except Exception:  # of these nobody will know more, but of the next
            log.exception("refusals could not be written down", count=len(entries))
