"""The one task that hands changes on: it follows their numbers, whichever process or command made them."""

import time
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta

import structlog

from supportapp.desk.follower import Follower
from supportapp.desk.moment import utc_now
from supportapp.desk.sockets import Sockets
from supportapp.store.changes import Change, delete_changes, select_changes, select_last_change
from supportapp.store.database import Database

PAGE = 500
"""Changes read at once."""
KEPT = timedelta(days=1)
"""How old a change may become: every process has followed it within a second, and pages ask anew after a gap."""
TIDY_EVERY = 3600.0
"""Seconds."""


async def nothing() -> None:
    """Where nobody has to know."""


log = structlog.get_logger("supportapp.changes")


class ChangeFollower(Follower):
    """Follows `cambios` from the last change that it found at the start.

    `interval`: seconds between looks when nobody wakes it. `sockets` are told of each change once `concerned` has
    returned for all people whose rights it may touch: nobody hears by a right that is over. Of whoever is erased
    their own pages hear before, and `forget` takes what this process keeps of them.
    """

    table = "cambios"
    patience = 5.0

    def __init__(self, database: Database, sockets: Sockets, interval: float = 0.25) -> None:
        super().__init__(interval, log, "cannot follow the changes")
        self._database = database
        self._sockets = sockets
        self._tidied = time.monotonic()
        self.bans_changed: Callable[[], Awaitable[None]] = nothing
        self.concerned: Callable[[AbstractSet[str]], Awaitable[None]] | None = None
        self.forget: Callable[[AbstractSet[str]], Awaitable[None]] | None = None
        self.position = 0

    async def start_at_head(self) -> None:
        """Take the position; before sockets are accepted, so that nothing falls between."""
        self.position = await select_last_change(self._database)

    async def advance(self) -> None:
        """Hand on all changes since the position, which moves past those that were told."""
        more = True
        while more:
            head, changes = await select_changes(self._database, self.position, PAGE)
            if head < self.position:
                log.error("changes went back: was the database restored?", head=head, position=self.position)
                await self.bans_changed()
                self.position = head
                return
            if any(change.tipo == "prohibicion" for change in changes):
                await self.bans_changed()
            await self._say_farewell({change.clave: change for change in changes if change.tipo == "borrado"})
            if changes and self.concerned:
                await self.concerned({change.clave for change in changes})
            for change in changes:
                self.position = change.id
                self._tell(change, self._sockets.tell_change)
            more = len(changes) == PAGE
        await self._tidy()

    async def _say_farewell(self, erased: Mapping[str, Change]) -> None:
        for change in erased.values():
            self._tell(change, self._sockets.tell_farewell)
        if erased and self.forget:
            await self.forget(erased.keys())

    def _tell(self, change: Change, how: Callable[[Change], None]) -> None:
        try:
            how(change)
        except Exception:  # one that cannot be told must not hold up the others
            log.exception("a change was not told", tipo=change.tipo, clave=change.clave)

    async def _tidy(self) -> None:
        if time.monotonic() - self._tidied < TIDY_EVERY:
            return
        self._tidied = time.monotonic()
        if deleted := await delete_changes(self._database, utc_now() - KEPT):
            log.info("old changes forgotten", count=deleted)
