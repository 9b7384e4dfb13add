"""The one task that commits: whatever queued up while the last transaction ran is the next batch."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from supportapp.desk.committer import Committer
from supportapp.desk.outage import Outage
from supportapp.desk.outcomes import Outcome, Pending, Saved
from supportapp.desk.sending import Draft
from supportapp.errors import SupportError
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.messages import Message

MAX_BATCH = 100
MAX_QUEUE = 10_000
RETRY_MS = 1000
TRY_AGAIN = 1.0
"""Seconds after a failed commit before an empty one is tried, so that it is known when messages can be stored again."""

log = structlog.get_logger("supportapp.writer")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft in the queue, since when (monotonic), and where its sender waits for the outcome."""

    draft: Draft
    future: asyncio.Future[Saved | Pending]
    since: float

    def answer(self, outcome: Outcome) -> None:
        if self.future.done():  # the sender has gone; the message is stored all the same
            return
        if isinstance(outcome, SupportError):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Writer:
    """Commits what is submitted, in the order of submission, and then says so.

    `deadline`: seconds that one transaction may take. `announce` is called with the new messages of each
    transaction after its commit and after every sender of it has been answered. Without an `outage`, whoever
    sends while the database is away hears `ocupado`.
    """

    def __init__(
        self,
        committer: Committer,
        announce: Callable[[Sequence[Message]], None],
        *,
        deadline: float,
        outage: Outage | None = None,
    ) -> None:
        self._committer = committer
        self._announce = announce
        self._deadline = deadline
        self._outage = outage
        self._queue: deque[Waiting] = deque()
        self._filled = asyncio.Event()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Messages in the queue."""
        return len(self._queue)

    def submit(self, draft: Draft) -> asyncio.Future[Saved | Pending]:
        """Queue `draft`; the future has its outcome or a `SupportError`. Not a coroutine: order is kept."""
        if self._closed or len(self._queue) >= MAX_QUEUE:
            raise SupportError("ocupado", espera_ms=RETRY_MS)
        future: asyncio.Future[Saved | Pending] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(draft, future, time.monotonic()))
        self._filled.set()
        return future

    def close(self) -> None:
        """Take nothing more; `run` returns when the queue is empty."""
        self._closed = True
        self._filled.set()

    async def run(self) -> None:
        """Commit batch after batch until closed and empty."""
        while self._queue or not self._closed:
            if not await self._woken():
                await self._turn([])
            self._filled.clear()
            while self._queue:
                await self._turn([self._queue.popleft() for _ in range(min(MAX_BATCH, len(self._queue)))])

    async def _woken(self) -> bool:
        """True when there is something to do; false after a while where nobody else finds out whether it works again."""
        alone = self._committer.broken and not self._outage
        try:
            async with asyncio.timeout(TRY_AGAIN if alone else None):
                return await self._filled.wait()
        except TimeoutError:
            return False

    async def _turn(self, batch: list[Waiting]) -> None:
        try:
            await self._store(batch)
        except Exception:  # a defect must not end the only task that stores messages
            log.exception("a batch failed", size=len(batch))
            self._refuse(batch)

    async def _store(self, batch: list[Waiting]) -> None:
        if self._outage and not await self._outage.over():
            await self._outage.set_aside(batch)
            return
        known = self._committer.broken
        try:
            queued = time.monotonic() - batch[0].since if batch else 0.0
            written = await self._committer.commit(batch, self._deadline, queued=queued)
        except DatabaseUnavailable as error:
            await self._away(batch, error, known=known)
        else:
            self._announce(written)
            if known:
                log.info("messages are stored again")

    async def _away(self, batch: list[Waiting], error: DatabaseUnavailable, *, known: bool) -> None:
        unanswered = [waiting for waiting in batch if not waiting.future.done()]
        if self._outage:
            self._outage.begin(str(error))
            await self._outage.set_aside(unanswered)
            return
        if not known:  # one line a change: the disk that has no room may be the log's, too
            log.warning("the database is away, messages are refused", reason=str(error))
        self._refuse([*unanswered, *self._queue])
        self._queue.clear()

    @staticmethod
    def _refuse(batch: Sequence[Waiting]) -> None:
        for waiting in batch:
            waiting.answer(SupportError("ocupado", espera_ms=RETRY_MS))
