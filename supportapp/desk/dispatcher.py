"""The one task that hands messages on: it follows the table by id, each row once, in order."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import structlog

from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.messages import Message, select_messages_since
from supportapp.store.sequence import select_head

PAGE = 500
"""Rows read at once while catching up."""

Deliver = Callable[[Message], None]
log = structlog.get_logger("supportapp.dispatcher")


class Dispatcher:
    """Follows `mensajes` from the head it found at the start.

    `interval`: seconds between looks at the table when nobody wakes it, so that what other processes
    commit is heard of within it. `deliver` is called with each message; at first it tells nobody.
    """

    def __init__(self, database: Database, interval: float = 0.25) -> None:
        self._database = database
        self.interval = interval
        self._committed: list[Message] = []
        self._woken = asyncio.Event()
        self.deliver: Deliver = lambda message: None
        self.position = 0

    async def start_at_head(self) -> None:
        """Take the position; before sockets are accepted, so that nothing falls between."""
        self.position = await select_head(self._database)

    def committed(self, messages: Sequence[Message]) -> None:
        """Rows that this process has just committed, in the order of their ids."""
        self._committed.extend(messages)
        self._woken.set()

    def wake(self) -> None:
        """Look at the table now: somebody says that there is news."""
        self._woken.set()

    async def run(self) -> None:
        """Hand rows on until cancelled; a database that is away is asked again at the next turn."""
        away = False
        while True:
            try:
                await self._advance()
                away = False
            except DatabaseUnavailable as error:
                if not away:
                    log.warning("cannot follow the table", reason=str(error))
                away = True
            await self._wait()

    async def _wait(self) -> None:
        if self._committed:
            return
        try:
            async with asyncio.timeout(self.interval):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    async def _advance(self) -> None:
        rows, self._committed = self._committed, []
        if not rows:
            await self._look()
            return
        if rows[0].id > self.position + 1:  # another process wrote in between
            await self._follow(rows[0].id - 1)
        self._hand_on(row for row in rows if row.id == self.position + 1)
        await self._follow(rows[-1].id)

    async def _look(self) -> None:
        head = await select_head(self._database)
        if head < self.position:
            log.error("the table went back: was the database restored?", head=head, position=self.position)
            self.position = head
        await self._follow(head)

    async def _follow(self, head: int) -> None:
        while self.position < head:
            rows = await select_messages_since(self._database, self.position, PAGE)
            if not rows:
                return
            self._hand_on(rows)

    def _hand_on(self, rows: Iterable[Message]) -> None:
        for row in rows:
            self.position = row.id
            try:
                self.deliver(row)
            except Exception:  # one message that cannot be shown must not hold up all others: they catch up
                log.exception("not delivered", id=row.id)
