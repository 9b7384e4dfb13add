"""A Socket.IO server that survives what clients may send: counted, cut, never a traceback for it."""

import asyncio
from collections.abc import Callable
from typing import Any

import socketio
import structlog
from engineio import packet as engine
from socketio import packet

from supportapp.realtime.admission import OPENING, Admission
from supportapp.realtime.engine import Engine
from supportapp.realtime.frames import MAX_FRAME
from supportapp.realtime.outgoing import Acknowledgement, Answer, nobody_waits, settle
from supportapp.realtime.packets import Packet
from supportapp.realtime.session import Session

NAMESPACE = "/"
MALFORMED_LIMIT = 5
SILENT_SECONDS = 5.0
"""How long a connection may live without saying who it is."""


OnEvent = Callable[[str, str, list[Any], Answer | None], None]
log = structlog.get_logger("supportapp.sockets")


class Server(socketio.AsyncServer):  # type: ignore[misc]  # untyped library
    """python-socketio with its known faults mended (docs/protocol.md, "What a hostile client can do").

    `on_event(sid, name, arguments, answer)` hears every event; it must not block, and `answer` is None
    for a client that asked for no acknowledgement.
    """

    eio: Engine

    def __init__(self, origins: list[str], admission: Admission) -> None:
        super().__init__(
            async_mode="asgi",
            serializer=Packet,
            async_handlers=False,
            cors_allowed_origins=origins,
            max_http_buffer_size=MAX_FRAME,
            http_compression=False,
            namespaces=[NAMESPACE],
        )
        self.eio.admission = admission
        self.on_event: OnEvent = lambda sid, name, arguments, answer: None
        self._draining = False

    def put(self, eio_sid: str, packet: engine.Packet) -> None:
        """Queue `packet` for a client; one that has stopped reading is cut."""
        session = self.eio.sockets.get(eio_sid)
        if session is None:
            settle([packet])
        else:
            session.offer(packet)

    async def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        """Say goodbye to the socket `sid`; a client that does not end the connection then is cut."""
        session = self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, NAMESPACE))
        await super().disconnect(sid, namespace, ignore_queue)
        if session:
            self._expect_a_name(session)

    def end(self, sid: str) -> None:
        """Close a socket's connection at the Engine.IO level: its client comes again with the cookie it has by then."""
        if session := self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, NAMESPACE)):
            session.cut("its session is over")

    async def drain(self, timeout: float) -> None:
        """Say goodbye to everybody (clients come back by themselves), and hear them out; at most `timeout` seconds.

        Until its client has heard the goodbye and answered it, a connection goes on: what was sent meanwhile is on its
        way, and who asked for no acknowledgement would never learn that it is lost.
        """
        self._draining = True
        await self.eio.close_all(timeout)
        await self.shutdown()

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    def _hear(self, eio_sid: str, said: Packet) -> None:
        # Not through the library's handlers: a client that emits `connect` would run ours with an `environ` it made.
        sid = self.manager.sid_from_eio_sid(eio_sid, NAMESPACE)
        if (said.namespace or NAMESPACE) != NAMESPACE or not self.manager.is_connected(sid, NAMESPACE):
            return

        def acknowledge(value: Any, over: Callable[[], object] = nobody_waits) -> None:
            encoded = Packet(packet.ACK, data=[value], id=said.id).encode()
            self.put(eio_sid, Acknowledgement(encoded, over))

        name, *arguments = said.data
        self.on_event(sid, name, arguments, None if said.id is None else acknowledge)

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        try:
            said = Packet(encoded_packet=data)
            if said.packet_type == packet.EVENT:
                self._hear(eio_sid, said)
            elif said.packet_type == packet.CONNECT:
                await self._handle_connect(eio_sid, said.namespace, said.data)
            else:
                await self._handle_disconnect(eio_sid, said.namespace)
        except (ValueError, KeyError, TypeError) as error:
            session = self.eio.sockets.get(eio_sid)
            if session is None:
                return
            session.malformed += 1
            if session.malformed == 1:
                log.info("malformed packet", socket=session.tag, reason=type(error).__name__)
            if session.malformed >= MALFORMED_LIMIT:
                session.cut("it means nothing")
        except Exception:
            log.exception("a packet failed")

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        if self._draining:
            return False
        self._expect_a_name(self.eio.sockets[eio_sid])
        return await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        """Let the client in, unless it has gone meanwhile: then nothing of it stays behind."""
        session = self.eio.sockets[eio_sid]
        if not self.eio.admission.pays(session.caller, session.bucket, OPENING):
            session.cut("too many attempts to be let in")
            return
        if self.manager.sid_from_eio_sid(eio_sid, NAMESPACE):  # the first one is not this one's to take back
            await super()._handle_connect(eio_sid, namespace, data)
            return
        session.leaving = False
        try:
            await super()._handle_connect(eio_sid, namespace, data)
        finally:
            sid = self.manager.sid_from_eio_sid(eio_sid, NAMESPACE)
            stays = self.manager.is_connected(sid, NAMESPACE)
            if sid and (session.leaving or session.over or session.closed or not stays):
                await self._trigger_event("disconnect", NAMESPACE, sid, self.reason.CLIENT_DISCONNECT)
                await self.manager.disconnect(sid, NAMESPACE, ignore_queue=True)
            self._expect_a_name(session)

    async def _handle_disconnect(
        self, eio_sid: str, namespace: str | None, reason: str | None = None
    ) -> None:
        if session := self.eio.sockets.get(eio_sid):
            session.leaving = True  # heard by `_handle_connect`, where it is under way
        await super()._handle_disconnect(eio_sid, namespace, reason)
        if session:
            self._expect_a_name(session)

    def _expect_a_name(self, session: Session) -> None:
        """Whoever is nobody may stay so for `SILENT_SECONDS`."""
        if session.silence:
            session.silence.cancel()
        if not session.closing and not self.manager.sid_from_eio_sid(session.sid, NAMESPACE):
            loop = asyncio.get_running_loop()
            session.silence = loop.call_later(SILENT_SECONDS, self._cut_if_silent, session)

    def _cut_if_silent(self, session: Session) -> None:
        if not self.manager.sid_from_eio_sid(session.sid, NAMESPACE):
            session.cut("it never said who it is")
