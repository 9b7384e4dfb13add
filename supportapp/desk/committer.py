"""One batch, one transaction: commits what is offered, answers every sender, finds the row that is refused."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from supportapp.desk.batch import write_batch
from supportapp.desk.directory import Directory
from supportapp.desk.moment import utc_now
from supportapp.desk.outcomes import Outcome
from supportapp.desk.sending import Draft
from supportapp.errors import SupportError
from supportapp.store.database import Database, DatabaseUnavailable, RowRefused
from supportapp.store.messages import Message
from supportapp.store.proof import prove_writable

MAX_HOLD_BACK = timedelta(seconds=5)
"""How far a message's `fecha` may be held at the last one's when the clock steps back."""
SLOW = 1.0
"""Seconds from which a transaction's line is a warning."""

log = structlog.get_logger("supportapp.writer")


class Offer(Protocol):
    """A draft, and who waits for its outcome."""

    @property
    def draft(self) -> Draft: ...

    def answer(self, outcome: Outcome) -> None: ...


class Committer:
    """Commits batches; what it learns of people goes into `directory`.

    `measured(size, seconds)` hears of every commit.
    """

    def __init__(self, database: Database, directory: Directory, users_may_write_to: str) -> None:
        self._database = database
        self._directory = directory
        self._users_may_write_to = users_may_write_to
        self._last = datetime.min
        self.measured: Callable[[int, float], None] = lambda size, seconds: None
        self._failing_since: float | None = None

    @property
    def broken(self) -> bool:
        """Whether the last attempt found no database that takes messages."""
        return self._failing_since is not None

    @property
    def failing_for(self) -> float:
        """Seconds since the first attempt that failed after the last good one; 0 while they are good."""
        return 0.0 if self._failing_since is None else time.monotonic() - self._failing_since

    async def commit(self, offers: Sequence[Offer], deadline: float, **waited: float) -> list[Message]:
        """The new messages, committed and answered; `deadline` in seconds for each transaction.

        `waited`: for how many seconds the first of them did, and where; the log tells it.

        Raises `DatabaseUnavailable`; offers that were answered before it are committed.
        """
        drafts = [offer.draft for offer in offers]
        begun = time.monotonic()
        try:
            written = await write_batch(
                self._database, drafts, self._users_may_write_to, self._now(), deadline
            )
        except DatabaseUnavailable:
            self._fails()
            raise
        except RowRefused as error:
            if error.duplicate:
                # The id: what was offered before has been looked for under the counter's lock.
                self._fails()
                raise DatabaseUnavailable(f"the counter is behind the messages ({error})") from error
            if len(offers) == 1:
                log.error("the database refuses a message", de=drafts[0].sender.usuario, reason=str(error))
                offers[0].answer(SupportError("formato"))
                return []
            half = len(offers) // 2
            first = await self.commit(offers[:half], deadline, **waited)
            return [*first, *await self.commit(offers[half:], deadline, **waited)]
        self._failing_since = None
        seconds = time.monotonic() - begun
        self.measured(len(offers), seconds)
        for offer, outcome in zip(offers, written.outcomes, strict=True):
            offer.answer(outcome)
        for person in written.people:
            self._directory.meet(person)
        self._log(written.messages, seconds, waited)
        return written.messages

    async def prove(self, deadline: float) -> None:
        """Raise `DatabaseUnavailable` unless the database takes a message that nothing is wrong with."""
        await prove_writable(self._database, deadline)

    def _fails(self) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()

    @staticmethod
    def _log(messages: Sequence[Message], seconds: float, waited: Mapping[str, float]) -> None:
        if messages:  # one line a transaction: a line a message costs more than the message
            say = log.info if seconds < SLOW else log.warning
            senders = sorted({message.de_usuario for message in messages})
            first, last = messages[0].id, messages[-1].id
            times = {name: round(value, 4) for name, value in (("seconds", seconds), *waited.items())}
            say("messages stored", first=first, last=last, de=senders, **times)

    def _now(self) -> datetime:
        now = utc_now()
        if timedelta() < self._last - now <= MAX_HOLD_BACK:
            return self._last
        self._last = now
        return now
