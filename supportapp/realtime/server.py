"""A Socket.IO server that survives what clients may send: counted, cut, never a traceback for it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import socketio
import structlog
from engineio import packet as engine
from socketio import packet

from supportapp.realtime.frames import MAX_FRAME
from supportapp.realtime.packets import Packet

NAMESPACE = "/"
MALFORMED_LIMIT = 5
SILENT_SECONDS = 5.0
"""How long a connection may live without saying who it is."""
MAX_OUTGOING = 1000
"""Packets waiting for a client that does not read; beyond it the client is cut and catches up later."""

Answer = Callable[[Any], None]
OnEvent = Callable[[str, str, list[Any], Answer | None], None]
log = structlog.get_logger("supportapp.sockets")


class Server(socketio.AsyncServer):  # type: ignore[misc]  # untyped library
    """python-socketio with its known faults mended (docs/protocol.md, "What a hostile client can do").

    `on_event(sid, name, arguments, answer)` hears every event; it must not block, and `answer` is None
    for a client that asked for no acknowledgement.
    """

    def __init__(self, origins: list[str]) -> None:
        super().__init__(
            async_mode="asgi",
            serializer=Packet,
            async_handlers=False,
            cors_allowed_origins=origins,
            max_http_buffer_size=MAX_FRAME,
            http_compression=False,
            namespaces=[NAMESPACE],
        )
        self.on_event: OnEvent = lambda sid, name, arguments, answer: None
        self._malformed: Counter[str] = Counter()
        self._draining = False

    def put(self, eio_sid: str, packet: engine.Packet) -> None:
        """Queue `packet` for a client; one that has stopped reading is cut."""
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or socket.closed:
            return
        if socket.queue.qsize() < MAX_OUTGOING:
            socket.queue.put_nowait(packet)
        else:
            log.warning("a client does not read, connection cut", eio_sid=eio_sid)
            self._cut(eio_sid)

    def end(self, sid: str) -> None:
        """Close a socket's connection at the Engine.IO level: its client comes again with the cookie it has by then."""
        self._cut(self.manager.eio_sid_from_sid(sid, NAMESPACE))

    async def drain(self, timeout: float) -> None:
        """Close every connection at the Engine.IO level (clients reconnect by themselves), in bounded time."""
        self._draining = True
        sockets = list(self.eio.sockets.values())
        reason = self.eio.reason.SERVER_DISCONNECT
        for closing in [asyncio.create_task(socket.close(wait=False, reason=reason)) for socket in sockets]:
            await closing
        for socket in sockets:
            socket.queue.put_nowait(None)
        try:
            async with asyncio.timeout(timeout):
                while any(socket.sid in self.eio.sockets for socket in sockets):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log.warning("connections left at the end", count=len(self.eio.sockets))
        await self.shutdown()

    async def _handle_event(
        self, eio_sid: str, namespace: str | None, ack_id: int | None, data: list[Any]
    ) -> None:
        # Not through the library's handlers: a client that emits `connect` would run ours with an `environ` it made.
        sid = self.manager.sid_from_eio_sid(eio_sid, NAMESPACE)
        if (namespace or NAMESPACE) != NAMESPACE or not self.manager.is_connected(sid, NAMESPACE):
            return
        answer = None if ack_id is None else lambda value: self._acknowledge(eio_sid, ack_id, value)
        self.on_event(sid, data[0], data[1:], answer)

    def _acknowledge(self, eio_sid: str, ack_id: int, value: Any) -> None:
        encoded = Packet(packet.ACK, data=[value], id=ack_id).encode()
        self.put(eio_sid, engine.Packet(engine.MESSAGE, encoded))

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, KeyError, TypeError) as error:
            self._malformed[eio_sid] += 1
            if self._malformed[eio_sid] == 1:
                log.info("malformed packet", eio_sid=eio_sid, reason=type(error).__name__)
            if self._malformed[eio_sid] >= MALFORMED_LIMIT:
                self._cut(eio_sid)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        if self._draining:
            return False
        asyncio.get_running_loop().call_later(SILENT_SECONDS, self._cut_if_silent, eio_sid)
        return await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._malformed.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)

    def _cut_if_silent(self, eio_sid: str) -> None:
        if eio_sid in self.eio.sockets and not self.manager.sid_from_eio_sid(eio_sid, NAMESPACE):
            self._cut(eio_sid)

    def _cut(self, eio_sid: str) -> None:
        """End a connection now, without waiting for its client."""
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or socket.closed:
            return
        while not socket.queue.empty():
            socket.queue.get_nowait()
        socket.queue.put_nowait(None)
        self.start_background_task(socket.close, wait=False, abort=True)
