"""Where people are signed in: noted as they come and go on, shown to them, ended by them."""

import asyncio
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import timedelta

import structlog

from supportapp.desk.access import close_session
from supportapp.desk.audit import COMMAND_LINE, Actor
from supportapp.desk.moment import utc_at, utc_now
from supportapp.desk.session import Session
from supportapp.desk.viewer import Viewer
from supportapp.errors import NotFound
from supportapp.store.database import Database, DatabaseUnavailable, RowRefused
from supportapp.store.sessions import StoredSession, delete_over, select_open, upsert_seen
from supportapp.visible import cut

NOTED_EVERY = 60.0
"""Seconds in which the use of a session is noted once."""
WRITTEN_EVERY = 5.0
"""Seconds for which notes gather: nobody waits for them, and messages come first."""
MOST_NOTED = 20_000
FORGOTTEN_EVERY = 3600.0
LONGEST_ADDRESS, LONGEST_BROWSER = 64, 255

log = structlog.get_logger("supportapp.sessions")


class Sessions:
    """The open sessions of everybody, as the table has them; what ends one is asked of `Identity`."""

    def __init__(self, database: Database, idle: Callable[[str], int]) -> None:
        """`idle(rol)`: seconds for which a session of ours lives without use."""
        self._database = database
        self._idle = idle
        self._noted: dict[str, float] = {}
        self._waiting: dict[str, StoredSession] = {}

    def seen(self, session: Session, address: str, browser: str) -> None:
        """Somebody came by this session, from there, with a browser that calls itself so."""
        now = time.monotonic()
        if now - self._noted.get(session.key, -NOTED_EVERY) < NOTED_EVERY or len(self._noted) >= MOST_NOTED:
            return
        self._noted[session.key] = now
        self._waiting[session.key] = stored(session, address, browser)

    def forget(self, people: AbstractSet[str]) -> None:
        """Note nothing more of these people."""
        self._waiting = {key: one for key, one in self._waiting.items() if one.usuario not in people}

    async def run(self) -> None:
        """Write what was noted, and forget what is over, until cancelled."""
        forgotten = -FORGOTTEN_EVERY
        while True:
            await asyncio.sleep(WRITTEN_EVERY)
            try:
                await self.write()
                if time.monotonic() - forgotten >= FORGOTTEN_EVERY:
                    await delete_over(self._database, utc_now())
                    forgotten = time.monotonic()
            except DatabaseUnavailable:
                continue
            except Exception:
                log.exception("sessions were not noted")

    async def write(self) -> None:
        """Write what was noted; raises `DatabaseUnavailable`, after which it is noted still."""
        since = time.monotonic() - NOTED_EVERY
        self._noted = {key: noted for key, noted in self._noted.items() if noted > since}
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            await upsert_seen(self._database, list(waiting.values()))
        except DatabaseUnavailable:
            self._waiting = waiting | self._waiting
            raise
        except RowRefused as error:
            log.warning("sessions refused", count=len(waiting), reason=str(error))

    async def of(self, viewer: Viewer) -> list[StoredSession]:
        """Where this person is signed in, the last used first; raises `DatabaseUnavailable`."""
        await self.write()
        now = utc_now()
        return await select_open(
            self._database, viewer.usuario, now, now - timedelta(seconds=self._idle(viewer.rol))
        )

    async def end(self, viewer: Viewer, sesion: str, actor: Actor = COMMAND_LINE) -> None:
        """End one of their own; raises `NotFound` for any other."""
        found = next((one for one in await self.of(viewer) if one.sesion == sesion), None)
        if found is None or not await close_session(self._database, found, "cerrada", actor):
            raise NotFound


def stored(session: Session, address: str, browser: str) -> StoredSession:
    """The row of a session that is used now."""
    return StoredSession(
        sesion=session.key,
        usuario=session.viewer.usuario,
        modo=session.modo,
        creada=utc_at(session.viewer.sesion or 0),
        vista=utc_now(),
        fin=utc_at(session.ends),
        direccion=address.encode("ascii", "replace").decode()[:LONGEST_ADDRESS],
        navegador=cut(browser, LONGEST_BROWSER),
    )
