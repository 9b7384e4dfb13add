"""How much is done in one transaction: those who wait for its lock shall wait for a moment, however slow the database is."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST = 200
ALLOWED = 0.08
"""Seconds that one transaction should take."""


class Turns:
    """`size` follows from how long the last one took."""

    def __init__(self) -> None:
        self.size = max(1, MOST // 10)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A transaction, and then as long a rest: those who talk meanwhile have half of the time."""
        begun = time.monotonic()
        yield
        took = time.monotonic() - begun
        self.size = max(1, min(MOST, int(self.size * min(2.0, ALLOWED / max(took, 0.001)))))
        await asyncio.sleep(took)
