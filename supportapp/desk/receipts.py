"""What people were delivered and have read, on its way to the table: of many receipts the furthest counts."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog

from supportapp.desk.claims import Claim, Key, write_claims
from supportapp.desk.viewer import Viewer
from supportapp.store.database import Database, DatabaseUnavailable, RowRefused

MAX_PENDING = 10_000
MAX_BATCH = 100
PAUSE = 0.1
"""Seconds between two transactions, in which more receipts gather: messages come first."""
RETRY = 1.0
"""Seconds before receipts are tried again when the database is away."""

log = structlog.get_logger("supportapp.receipts")


class Receipts:
    """Writes receipts, many in one transaction; `moved` is called after each transaction that moved a mark."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.moved: Callable[[], None] = lambda: None
        self._pending: dict[Key, Claim] = {}
        self._filled = asyncio.Event()

    def read(self, viewer: Viewer, con: str, hasta: int) -> None:
        """`viewer` has seen the conversation of `con` up to `hasta`. What they may not read is ignored."""
        self._claim(viewer, con, Claim(hasta, hasta))

    def delivered(self, viewer: Viewer, con: str, hasta: int) -> None:
        """A device of `viewer` holds the conversation of `con` up to `hasta`; ignored as in `read`."""
        self._claim(viewer, con, Claim(entregado=hasta))

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._pending:
                await self._write(self._take())
                await asyncio.sleep(PAUSE)

    async def finish(self, within: float) -> None:
        """Write what is left, after `run` was cancelled, for at most `within` seconds."""
        with contextlib.suppress(TimeoutError, DatabaseUnavailable, RowRefused):
            async with asyncio.timeout(within):
                while self._pending:
                    await write_claims(self._database, self._take())

    def _take(self) -> dict[Key, Claim]:
        return {key: self._pending.pop(key) for key in list(self._pending)[:MAX_BATCH]}

    def _claim(self, viewer: Viewer, con: str, claim: Claim) -> None:
        if viewer.may_read(con):
            self._keep({(viewer.usuario, con): claim})

    def _keep(self, claims: Mapping[Key, Claim]) -> None:
        for key, claim in claims.items():
            if key in self._pending or len(self._pending) < MAX_PENDING:
                self._pending[key] = claim.furthest(self._pending.get(key, claim))
                self._filled.set()

    async def _write(self, claims: Mapping[Key, Claim]) -> None:
        try:
            if await write_claims(self._database, claims):
                self.moved()
        except DatabaseUnavailable:
            self._keep(claims)
            await asyncio.sleep(RETRY)
        except RowRefused as error:
            log.warning("receipts refused", count=len(claims), reason=str(error))
            if len(claims) > 1:  # one of them must not hold up the others
                for key, claim in claims.items():
                    await self._write({key: claim})
        except asyncio.CancelledError:
            self._keep(claims)
            raise
        except Exception:
            log.exception("receipts failed", count=len(claims))
