"""The one task that commits: whatever queued up while the last transaction ran is the next batch."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from supportapp.desk.batch import Outcome, Saved, write_batch
from supportapp.desk.sending import Draft
from supportapp.errors import SupportError
from supportapp.store.database import Database, DatabaseUnavailable, RowRefused
from supportapp.store.messages import Message

MAX_BATCH = 100
MAX_QUEUE = 10_000
RETRY_MS = 1000
MAX_HOLD_BACK = timedelta(seconds=5)
"""How far a message's `fecha` may be held at the last one's when the clock steps back."""

log = structlog.get_logger("supportapp.writer")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft in the queue, and where its sender waits for the outcome."""

    draft: Draft
    future: asyncio.Future[Saved]

    def answer(self, outcome: Outcome) -> None:
        if self.future.done():  # the sender has gone; the message is stored all the same
            return
        if isinstance(outcome, SupportError):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Writer:
    """Commits what is submitted, in the order of submission, and then says so.

    `deadline`: seconds that one transaction may take. `announce` is called with the new messages of
    each transaction after its commit and after every sender of it has been answered.
    """

    def __init__(
        self,
        database: Database,
        announce: Callable[[Sequence[Message]], None],
        *,
        users_may_write_to: str,
        deadline: float,
    ) -> None:
        self._database = database
        self._announce = announce
        self._users_may_write_to = users_may_write_to
        self._deadline = deadline
        self._queue: deque[Waiting] = deque()
        self._filled = asyncio.Event()
        self._closed = False
        self._last = datetime.min

    def submit(self, draft: Draft) -> asyncio.Future[Saved]:
        """Queue `draft`; the future has its `Saved` or a `SupportError`. Not a coroutine: order is kept."""
        if self._closed or len(self._queue) >= MAX_QUEUE:
            raise SupportError("ocupado", espera_ms=RETRY_MS)
        future: asyncio.Future[Saved] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(draft, future))
        self._filled.set()
        return future

    def close(self) -> None:
        """Take nothing more; `run` returns when the queue is empty."""
        self._closed = True
        self._filled.set()

    async def run(self) -> None:
        """Commit batch after batch until closed and empty."""
        while self._queue or not self._closed:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                await self._turn([self._queue.popleft() for _ in range(min(MAX_BATCH, len(self._queue)))])

    async def _turn(self, batch: list[Waiting]) -> None:
        try:
            messages = await self._commit(batch)
        except DatabaseUnavailable as error:
            log.warning("the database is away", reason=str(error), refused=len(batch) + len(self._queue))
            self._refuse([*batch, *self._queue])
            self._queue.clear()
        except Exception:  # a defect must not end the only task that stores messages
            log.exception("a batch failed", size=len(batch))
            self._refuse(batch)
        else:
            self._announce(messages)

    async def _commit(self, batch: list[Waiting]) -> list[Message]:
        """The new messages of `batch`, committed and acknowledged; a refused row is refused alone."""
        drafts = [waiting.draft for waiting in batch]
        try:
            async with self._database.transaction(self._deadline) as connection:
                outcomes, messages = await write_batch(
                    connection, drafts, self._users_may_write_to, self._now()
                )
        except RowRefused as error:
            if len(batch) == 1:
                log.error("the database refuses a message", de=drafts[0].sender.usuario, reason=str(error))
                batch[0].answer(SupportError("formato"))
                return []
            half = len(batch) // 2
            return [*await self._commit(batch[:half]), *await self._commit(batch[half:])]
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.answer(outcome)
        if messages:  # one line a transaction: a line a message costs more than the message
            senders = sorted({message.de_usuario for message in messages})
            log.info("messages stored", first=messages[0].id, last=messages[-1].id, de=senders)
        return messages

    @staticmethod
    def _refuse(batch: Sequence[Waiting]) -> None:
        for waiting in batch:
            waiting.answer(SupportError("ocupado", espera_ms=RETRY_MS))

    def _now(self) -> datetime:
        now = datetime.now(UTC).replace(tzinfo=None)
        if timedelta() < self._last - now <= MAX_HOLD_BACK:
            return self._last
        self._last = now
        return now
