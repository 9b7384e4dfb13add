"""The one task that hands messages on: it follows the table by id, each row once, in order."""

from collections.abc import Iterable, Sequence

import structlog

from supportapp.desk.follower import Follower
from supportapp.desk.provisional import Provisional
from supportapp.desk.sockets import Sockets
from supportapp.store.database import Database
from supportapp.store.imported import IMPORTED
from supportapp.store.messages import Message, select_messages_since
from supportapp.store.sequence import Place, renew_epoch, select_former_epochs, select_place

PAGE = 500
"""Rows read at once while catching up."""

log = structlog.get_logger("supportapp.dispatcher")


class Dispatcher(Follower):
    """Follows `mensajes` from the head it found at the start.

    `interval`: seconds between looks at the table when nobody wakes it, so that what other processes
    commit is heard of within it. Each message is delivered to `sockets`. `epoca` names the history that ids belong to.
    """

    table = "mensajes"

    def __init__(
        self, database: Database, provisional: Provisional, sockets: Sockets, interval: float = 0.25
    ) -> None:
        super().__init__(interval, log, "cannot follow the table")
        self._database = database
        self._provisional = provisional
        self._committed: list[Message] = []
        self._last: tuple[int | None, str | None] = (None, None)
        self._sockets = sockets
        self.position = 0
        self.epoca = ""

    async def start_at_head(self) -> None:
        """Take the position; before sockets are accepted, so that nothing falls between."""
        head = (await select_place(self._database, 0)).head
        self._stand_at(await select_place(self._database, head), head)

    def committed(self, messages: Sequence[Message]) -> None:
        """Rows that this process has just committed, in the order of their ids."""
        self._committed.extend(messages)
        self.wake()

    async def advance(self) -> None:
        rows, self._committed = self._committed, []
        if not rows:
            await self._look()
            return
        if rows[0].id > self.position + 1:  # another process wrote in between
            await self._follow(rows[0].id - 1)
        self._hand_on(row for row in rows if row.id == self.position + 1)
        await self._follow(rows[-1].id)
        if rows[-1].id < self.position:  # others were faster; or ids begin again in a restored database
            await self._look()

    async def _look(self) -> None:
        place = await select_place(self._database, self.position)
        if place.head < self.position or (place.numero, place.id_cliente) != self._last:
            log.error("the table is another one: was it restored?", head=place.head, position=self.position)
            if place.epoca == self.epoca or self.epoca not in await select_former_epochs(self._database):
                await renew_epoch(self._database, place.epoca, self.epoca)  # else another process has done it
            await self.start_at_head()
        else:
            self.epoca = place.epoca
            await self._follow(place.head)

    def _stand_at(self, place: Place, position: int) -> None:
        self.position = position
        self.epoca = place.epoca
        self._last = (place.numero, place.id_cliente)

    async def _follow(self, head: int) -> None:
        while self.position < head:
            rows = await select_messages_since(self._database, self.position, PAGE)
            if not rows:
                return
            self._hand_on(rows)

    def _hand_on(self, rows: Iterable[Message]) -> None:
        for row in rows:
            self.position = row.id
            self._last = (row.numero, row.id_cliente)
            if row.id_cliente.startswith(
                IMPORTED
            ):  # a million that nobody waits for: the next `latido` tells them
                continue
            try:
                self._sockets.deliver(row, self._provisional.hand_on((row.de_usuario, row.id_cliente)))
            except Exception:  # one message that cannot be shown must not hold up all others: they catch up
                log.exception("not delivered", id=row.id)
