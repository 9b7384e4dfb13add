"""Tells every socket now and then the last message that it should have: whoever missed one then asks."""

import asyncio
import zlib

import structlog

from supportapp.desk.desk import Desk
from supportapp.desk.viewer import ROBOT_USER
from supportapp.realtime.hub import Hub
from supportapp.realtime.signed_in import SignedIn
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.messages import select_last_id_without, select_last_ids
from supportapp.store.sequence import select_head

SLOTS = 10
"""Parts of the interval; each socket has one by its random name, so that they do not all ask at once."""
AT_ONCE = 200
"""People asked for in one query."""

log = structlog.get_logger("supportapp.heartbeat")


class Heartbeat:
    """`latido {ultimo, epoca}` to every socket once in `heartbeat_seconds`, as the table has it, not as we think."""

    def __init__(self, desk: Desk, signed_in: SignedIn, hub: Hub) -> None:
        self._desk = desk
        self._signed_in = signed_in
        self._hub = hub

    async def run(self) -> None:
        """Beat until cancelled; while the database is away nothing is claimed."""
        slot = 0
        while True:
            await asyncio.sleep(self._desk.settings.heartbeat_seconds / SLOTS)
            slot = (slot + 1) % SLOTS
            try:
                await self._beat([sid for sid in self._signed_in.viewers if slot_of(sid) == slot])
            except DatabaseUnavailable:
                continue
            except Exception:
                log.exception("a heartbeat failed")

    async def _beat(self, sids: list[str]) -> None:
        for start in range(0, len(sids), AT_ONCE):
            some = sids[start : start + AT_ONCE]
            await self._signed_in.judge(some)
            known = {sid: viewer for sid in some if (viewer := self._signed_in.viewers.get(sid))}
            last = await select_last_ids(self._desk.database, sorted({v.usuario for v in known.values()}))
            head = await select_last_id_without(
                self._desk.database, ROBOT_USER, await select_head(self._desk.database)
            )
            for sid, viewer in known.items():
                ultimo = head if viewer.is_admin else last.get(viewer.usuario, 0)
                self._hub.tell_socket(sid, "latido", {"ultimo": ultimo, "epoca": self._desk.dispatcher.epoca})


def slot_of(sid: str) -> int:
    return zlib.crc32(sid.encode()) % SLOTS
