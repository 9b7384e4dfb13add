"""The Engine.IO server: opens sessions for those who may have one, and forgets them whole."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import engineio
import structlog
from engineio import packet as engine

from supportapp.desk.pace import Bucket
from supportapp.realtime.admission import Admission
from supportapp.realtime.outgoing import Outgoing
from supportapp.realtime.packets import Json
from supportapp.realtime.session import Session

log = structlog.get_logger("supportapp.sockets")


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # untyped library
    """python-engineio with sessions of our own: counted, bounded, and gone when they end."""

    admission: Admission

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, json=Json, monitor_clients=False)  # each session has its timers
        self.sockets: dict[str, Session] = {}
        self.tell_cut: Callable[[str], None] = lambda why: None
        self._telling = Bucket(5, 0.1)

    def create_queue(self, *args: Any, **kwargs: Any) -> Outgoing:
        return Outgoing()

    def forget(self, session: Session) -> None:
        """The session is closed and nobody serves it any more."""
        self.sockets.pop(session.sid, None)
        self.admission.left(session.caller)

    async def close_all(self, timeout: float) -> None:
        """Say goodbye to every client, and hear it out until it has closed; at most `timeout` seconds."""
        sessions = list(self.sockets.values())
        for session in sessions:
            session.queue.put(engine.Packet(engine.CLOSE))
            session.queue.end()
        end = time.monotonic() + timeout
        while (left := [s for s in sessions if s.sid in self.sockets]) and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for session in left:
            await session.close(abort=True, reason=self.reason.SERVER_DISCONNECT)

    def _log_error_once(self, message: str, message_key: str) -> None:
        """The library's messages have the sid in them, but for the one that the operator needs whole."""
        super()._log_error_once(message if message_key == "bad-origin" else message_key, message_key)

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        """A new session: its first packets, for a WebSocket all of its life, or a refusal that costs nothing."""
        caller = environ["asgi.scope"]["caller"]
        if refusal := self.admission.refusal(caller):
            if not self._telling.take():  # a flood of refusals is told now and then
                log.info("no session opened", reason=refusal, usuario=caller.person, address=caller.address)
            return too_many()
        session = Session(self, caller)
        self.sockets[session.sid] = session
        with session.served():
            try:
                return await self._open(session, environ, transport)
            except BaseException:
                session.cut("not opened")
                raise

    async def _open(self, session: Session, environ: dict[str, Any], transport: str) -> Any:
        welcome = {
            "sid": session.sid,
            "upgrades": self._upgrades(session.sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        session.offer(engine.Packet(engine.OPEN, welcome))
        if await self._trigger_event("connect", session.sid, environ) is False:
            await session.close(abort=True)
            return self._unauthorized()
        session.schedule_ping()
        if transport == "websocket":
            return await session.handle_get_request(environ)
        session.connected = True
        return self._ok(await session.poll())


def too_many() -> dict[str, Any]:
    return {
        "status": "429 TOO MANY REQUESTS",
        "headers": [("Content-Type", "text/plain"), ("Retry-After", "5")],
        "response": b'"Too many"',
    }
