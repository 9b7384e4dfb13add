"""Follows a table on a timer, sooner when woken, and through outages: what the two followers have in common."""

import asyncio
import time
from typing import Any

from supportapp.store.database import DatabaseUnavailable

LASTING = 30.0
"""Seconds of nothing but failures before a defect ends the follower, which `/healthz` then tells."""


class Follower:
    """Calls `advance` again and again. `interval`: seconds between two looks when nobody wakes it; `table` it follows."""

    table: str
    patience = 0.0
    """Seconds of an outage before it is told: others on the same database tell it at once."""

    def __init__(self, interval: float, log: Any, complaint: str) -> None:
        self.interval = interval
        self._looked = time.monotonic()
        self._woken = asyncio.Event()
        self._log = log
        self._complaint = complaint

    async def start_at_head(self) -> None:
        """Take the position; before sockets are accepted, so that nothing falls between."""
        raise NotImplementedError

    def lag(self) -> float:
        """Seconds since the table was last read to its end."""
        return time.monotonic() - self._looked

    def wake(self) -> None:
        """Look at the table now: somebody says that there is news."""
        self._woken.set()

    async def run(self) -> None:
        """Follow until cancelled; a database that is away is asked again at the next turn."""
        told, broken = False, 0.0
        while True:
            try:
                await self.advance()
                self._looked = time.monotonic()
                told, broken = False, 0.0
            except DatabaseUnavailable as error:
                if not told and self.lag() >= self.patience:
                    self._log.warning(self._complaint, reason=str(error))
                    told = True
            except Exception:  # a defect that passes must not end what tells people of their messages
                if not broken:
                    broken = time.monotonic()
                    self._log.exception(self._complaint)
                if time.monotonic() - broken > LASTING:
                    raise
            await self._wait()

    async def advance(self) -> None:
        """Hand on what is new; raises `DatabaseUnavailable`."""
        raise NotImplementedError

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self.interval):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()
