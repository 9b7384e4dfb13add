"""What people have read, on its way to the table: of many receipts for one conversation the furthest counts."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from supportapp.desk.reading import mark_read
from supportapp.desk.viewer import Viewer
from supportapp.errors import NotFound
from supportapp.store.database import Database, DatabaseUnavailable, RowRefused

MAX_PENDING = 10_000
RETRY = 1.0
"""Seconds before a receipt is tried again when the database is away."""

Moved = Callable[[Viewer, str, int], Awaitable[None]]
log = structlog.get_logger("supportapp.receipts")


class Receipts:
    """Writes receipts one after the other; `moved(viewer, con, hasta)` is told of each that was news."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.moved: Moved = nobody_told
        self._pending: dict[tuple[str, str], tuple[Viewer, int]] = {}
        self._filled = asyncio.Event()

    def read(self, viewer: Viewer, con: str, hasta: int) -> None:
        """`viewer` has seen the conversation of `con` up to `hasta`. What they may not read is ignored."""
        if not viewer.may_read(con) or len(self._pending) >= MAX_PENDING:
            return
        key = (viewer.usuario, con)
        self._pending[key] = (viewer, max(hasta, self._pending.get(key, (viewer, 0))[1]))
        self._filled.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._pending:
                (usuario, con), (viewer, hasta) = next(iter(self._pending.items()))
                del self._pending[usuario, con]
                await self._write(viewer, con, hasta)

    async def _write(self, viewer: Viewer, con: str, hasta: int) -> None:
        try:
            seen = await mark_read(self._database, viewer, con, hasta)
            if seen is not None:
                await self.moved(viewer, con, seen)
        except (
            DatabaseUnavailable,
            RowRefused,
        ):  # refused: two devices made the row at once; the second try finds it
            await asyncio.sleep(RETRY)
            self.read(viewer, con, hasta)
        except NotFound:
            pass
        except Exception:
            log.exception("a receipt failed", usuario=viewer.usuario, con=con)


async def nobody_told(viewer: Viewer, con: str, hasta: int) -> None:
    """There are no sockets."""
