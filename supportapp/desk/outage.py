"""While the database is away: messages go to the spool, are shown as provisional, and are stored in order later."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

import structlog

from supportapp.desk.committer import Committer, Offer
from supportapp.desk.directory import Directory
from supportapp.desk.moment import utc_now
from supportapp.desk.outcomes import Pending
from supportapp.desk.provisional import Provisional
from supportapp.desk.restoring import Restoring
from supportapp.desk.sending import Draft
from supportapp.desk.sockets import Sockets
from supportapp.desk.spool import Spool, SpoolFull
from supportapp.desk.viewer import Viewer, may_write
from supportapp.errors import SupportError
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.messages import Message
from supportapp.store.spool_file import SpoolRefused

PATIENCE = 5.0
"""Seconds that one attempt may take: a closed client does not end a lock wait in the server, so few are made."""
SPRINT_PATIENCE = 0.4
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 5.0
GOOD_COMMITS = 3
SPRINT = 300
"""Entries so few that newcomers wait for them, instead of making the spool longer: under load it would never end."""
RETRY_MS = 1000
ADOPT_WITHIN = 3.0
"""Seconds that a start waits for what earlier processes left to be stored; the rest follows while people talk."""
LOOK_EVERY = 30.0
"""Seconds between looks for what processes left that ended after the start of this one."""

log = structlog.get_logger("supportapp.outage")


class Outage:
    """On from the first failed commit until the spool is empty and three commits in a row were good.

    `announce` hears of stored messages as after any commit, `sockets` of each that is shown before it is stored and
    of each that can never be.
    """

    def __init__(
        self,
        committer: Committer,
        spool: Spool,
        provisional: Provisional,
        directory: Directory,
        sockets: Sockets,
        announce: Callable[[Sequence[Message]], None],
        users_may_write_to: str,
    ) -> None:
        self._spool = spool
        self._restoring = Restoring(committer, spool, announce, self._gone)
        self.forget = self._restoring.forget
        self._provisional = provisional
        self._directory = directory
        self._sockets = sockets
        self._users_may_write_to = users_may_write_to
        self._begun = asyncio.Event()
        self._refused = False
        self._no_sprint = asyncio.Event()
        self._no_sprint.set()

    @property
    def on(self) -> bool:
        return self._begun.is_set()

    @property
    def spooled(self) -> tuple[int, int]:
        """How many messages wait in the spool, and their bytes."""
        return len(self._spool.entries), self._spool.bytes

    @property
    def oldest(self) -> float:
        """Seconds for which the first of them has been there."""
        return self._spool.age

    @property
    def put_away(self) -> int:
        """How many messages this process could never store, though nothing was wrong with the database."""
        return self._restoring.put_away

    def begin(self, reason: str) -> None:
        """A commit has failed: from now on everything goes through the spool, so that order is kept."""
        if not self.on:
            log.warning("the database is away, messages go to the spool", reason=reason)
            self._refused = False
        self._begun.set()

    async def over(self) -> bool:
        """Whether messages may be committed at once; near its end an outage is waited for."""
        while self.on and not self._no_sprint.is_set():
            await self._no_sprint.wait()
        return not self.on

    async def adopt(self, names: Sequence[str]) -> None:
        """Open the spool in the folders of these `names`, and store what earlier processes left in them.

        For a moment: the rest waits, and what comes meanwhile waits behind it. Raises `SpoolRefused`.
        """
        if not await self._spool.open(names):
            return
        self._begin_with_adopted()
        until = time.monotonic() + ADOPT_WITHIN
        try:
            while not self._spool.empty and time.monotonic() < until:
                await self._store_some()
        except DatabaseUnavailable as error:
            log.warning("the adopted messages go on waiting", reason=str(error))

    async def set_aside(self, batch: Sequence[Offer]) -> None:
        """Answer `pendiente` to whatever is on the disk then, and show it to those it is for."""
        possible = [offer for offer in batch if self._may_wait(offer)]
        fresh = {o.draft.key: o.draft for o in possible if o.draft.key not in self._spool.entries}
        await self._keep(list(fresh.values()))
        for offer in possible:
            kept = self._spool.entries.get(offer.draft.key)
            if kept is None:  # full, or stored meanwhile: the sender's next attempt finds out
                offer.answer(SupportError("ocupado", espera_ms=RETRY_MS))
            elif kept.huella != offer.draft.huella:
                offer.answer(SupportError("id_reutilizado"))
            else:
                offer.answer(Pending(offer.draft.id_cliente))
        for key, draft in fresh.items():
            if key in self._spool.entries and self._provisional.show(key):
                self._sockets.show(self._message(draft))

    async def _keep(self, drafts: Sequence[Draft]) -> None:
        if not drafts:
            return
        try:
            await self._spool.add(drafts)
            self._refused = False
        except SpoolFull as error:
            if not self._refused:  # one line a change: the disk that is full may be the log's too
                log.error("messages cannot be spooled, their senders hear ocupado", reason=str(error))
            self._refused = True

    async def run(self) -> None:
        """Offer the spool to the database, one attempt at a time, until cancelled."""
        while True:
            while not await self._begins():
                await self._look_for_left()
            await self._end()
            self._begun.clear()
            self._no_sprint.set()
            log.info("the database is back, the spool is empty")

    async def _begins(self) -> bool:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                return await self._begun.wait()
        except TimeoutError:
            return False

    async def _look_for_left(self) -> None:
        """A process that ended after we began may have left something, and nobody else may start for long."""
        try:
            if await self._spool.adopt():
                self._begin_with_adopted()
        except SpoolRefused as error:
            log.warning("what other processes left cannot be adopted", reason=str(error))

    def _begin_with_adopted(self) -> None:
        for key in self._spool.entries:
            self._provisional.assume_shown(key)
        self.begin("messages of an earlier process are waiting")

    async def _end(self) -> None:
        good, pause = 0, FIRST_PAUSE
        while good < GOOD_COMMITS or not self._spool.empty:
            if good >= GOOD_COMMITS and len(self._spool.entries) <= SPRINT:
                self._no_sprint.clear()
            try:
                await self._store_some()
                good, pause = good + 1, FIRST_PAUSE
            except Exception as error:  # not even a defect may end the only task that empties the spool
                if not isinstance(error, DatabaseUnavailable):
                    log.exception("the spool cannot be stored")
                good = 0
                self._no_sprint.set()
                if await self._restoring.isolate(str(error), PATIENCE):
                    pause = FIRST_PAUSE
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))
                pause = min(pause * 2, LONGEST_PAUSE)

    async def close(self) -> None:
        await self._spool.close()

    async def _store_some(self) -> None:
        await self._restoring.store_some(PATIENCE if self._no_sprint.is_set() else SPRINT_PATIENCE)

    def _gone(self, draft: Draft, error: SupportError) -> None:
        self._provisional.forget(draft.key)
        self._sockets.fail(self._message(draft), error)

    def _may_wait(self, offer: Offer) -> bool:
        """Whether it would be taken, as far as this process knows the people; answers where not."""
        draft = offer.draft
        recipient = self._directory.get(draft.para)
        if recipient is None:
            offer.answer(SupportError("ocupado", espera_ms=RETRY_MS))
            return False
        sender = self._directory.get(draft.sender.usuario) or draft.sender
        if recipient.usuario == sender.usuario or not may_write(
            sender.rol, recipient.rol, self._users_may_write_to
        ):
            offer.answer(SupportError("destinatario"))
            return False
        return True

    def _message(self, draft: Draft) -> Message:
        """How it is shown meanwhile: without a number, at the time of now."""
        sender = draft.sender
        recipient = self._directory.get(draft.para) or Viewer(draft.para, draft.para, "user")
        return Message(
            id=0,
            de_usuario=sender.usuario,
            para_usuario=draft.para,
            mensaje=draft.mensaje,
            fecha=utc_now(),
            de_admin=sender.is_admin,
            numero=0,
            id_cliente=draft.id_cliente,
            de_nombre=sender.nombre,
            para_nombre=recipient.nombre,
            para_admin=recipient.is_admin,
        )
