"""Hypercorn's connections, hardened: counted, able to be cut, and none waits without end."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import hypercorn.asyncio.tcp_server
import hypercorn.protocol
import hypercorn.protocol.h11
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import MAX_RECV, TCPServer
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated

from supportapp.places import Places
from supportapp.protocol import MESSAGE_BYTES, PlainProtocol, Stream
from supportapp.web.addresses import network

KEEP_ALIVE_SECONDS = 95  # Heroku's router reuses connections for 90 s: it must be the one to close them
LINGER_SECONDS = 2.0  # for a client to close after us
UNREAD_SECONDS = 30.0  # for a client to take what it is sent, and a second more for every
SLOWEST = 16 * 1024  # bytes of it
UNREAD_BYTES = 64 * 1024  # that are handed on without waiting: where asyncio's transports say stop


class ServerConfig(Config):
    """Hypercorn's settings as we want them, and the connections that are open now."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self.keep_alive_timeout = KEEP_ALIVE_SECONDS
        self.websocket_max_message_size = MESSAGE_BYTES
        self.include_server_header = False
        self.startup_timeout = 300
        self.shutdown_timeout = 8
        self.errorlog = logging.getLogger("hypercorn.error")
        self.places = places


class TCPConnection(TCPServer):
    """A connection with a place among the others and a deadline for whatever its client has to do next.

    Its client has to finish what it sends (`Incoming.patience`), to take what it is sent, and to close after us.
    """

    config: ServerConfig
    _patience: float | None = None
    _deadline: asyncio.TimerHandle | None = None
    _departing = False

    async def run(self) -> None:
        peer = self.writer.get_extra_info("peername")
        self.address = (network(peer[0]) or peer[0]) if peer else ""
        if not self.config.places.take(self):
            self.cut()
            return
        try:
            await super().run()
        finally:
            self._expect(None)
            self.config.places.leave(self)

    def cut(self) -> None:
        """End it now, without waiting for the other side."""
        self.writer.transport.abort()

    def write(self, data: bytes) -> bool:
        """Send `data` at once; False where the client has yet to take much of what it was sent."""
        if not (self._departing or self.writer.transport.is_closing()):
            self.writer.write(data)
        return self._unread() <= UNREAD_BYTES

    def depart(self) -> None:
        """Say that nothing more will come, and wait for the client to say so too, hearing nothing of it any more.

        A socket closed at once would say RST to a client that is still sending: it would lose our answer.
        """
        if self._departing:
            return
        self._departing = True
        self.config.places.owing(self)
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.write_eof()
        self._expect(LINGER_SECONDS, self._part)

    async def _read_data(self) -> None:
        """Until the client has closed; hypercorn would then keep its socket for the rest of `keep_alive_timeout`."""
        protocol: PlainProtocol = self.protocol.protocol  # type: ignore[assignment]
        protocol.write = self.write
        self._incoming = protocol.incoming
        self._incoming.moved = self._follow
        self._follow()
        data = b"-"
        with contextlib.suppress(OSError):
            while data:
                data = await self.reader.read(MAX_RECV)
                if not self._departing:
                    await protocol.handle(RawData(data))
        await self.protocol.handle(Closed())
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        if isinstance(event, Closed):
            self.depart()
        elif isinstance(event, RawData):
            try:
                async with asyncio.timeout(UNREAD_SECONDS + self._unread(event.data) / SLOWEST):
                    await super().protocol_send(event)
            except TimeoutError:  # ours, or TCP_USER_TIMEOUT's: hypercorn knows ConnectionError only
                self.cut()
                await self.protocol.handle(Closed())
        else:
            if isinstance(event, Updated) and event.idle:
                self.config.places.idle(self)
            await super().protocol_send(event)

    async def _initiate_server_close(self) -> None:
        self.depart()
        await super()._initiate_server_close()

    async def _close(self) -> None:
        self.depart()
        with contextlib.suppress(OSError):
            await super()._close()

    def _follow(self) -> None:
        """Begin the deadline of what the client has to finish now, unless it is still the same."""
        patience = self._incoming.patience
        if patience == self._patience or self._departing:
            return
        self._patience = patience
        self._expect(patience, self.depart)
        if patience is None:
            self.config.places.answering(self)
        else:
            self.config.places.owing(self)

    def _unread(self, more: bytes = b"") -> int:
        """Bytes that the client has yet to take."""
        return self.writer.transport.get_write_buffer_size() + len(more)

    def _expect(self, seconds: float | None, otherwise: Callable[[], None] | None = None) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None and otherwise is not None:
            self._deadline = self.loop.call_later(seconds, otherwise)

    def _part(self) -> None:
        """The client did not close: leave now, or when it has had a while for what it has not read yet."""
        if self._unread():
            self._expect(UNREAD_SECONDS, self.cut)
        else:
            self.cut()


class ConnectionTasks(TaskGroup):
    """The tasks of a connection, of which none waits for an application that has ended."""

    async def spawn_app(
        self, app: Any, config: Config, scope: Any, send: Callable[[Any], Awaitable[None]]
    ) -> Callable[[Any], Awaitable[None]]:
        """As hypercorn's; there what a client says goes on into a queue that nobody empties, and is waited for."""
        ended = False

        async def tell(message: Any) -> None:
            if message["type"] == "http.disconnect":
                while queue.full():  # it is told while it answers, and cannot make room itself
                    queue.get_nowait()
            if not ended:
                await put(message)

        async def hear(message: Any) -> None:
            nonlocal ended
            if message is None:
                ended = True
                while not queue.empty():
                    queue.get_nowait()  # whoever waits for room goes on
            await send(message)

        put = await super().spawn_app(app, config, scope, hear)
        queue: asyncio.Queue[Any] = put.__self__  # type: ignore[attr-defined]
        return tell


def install() -> None:
    """Make hypercorn use these classes; it has no setting for them."""
    hypercorn.asyncio.tcp_server.TaskGroup = ConnectionTasks  # type: ignore[attr-defined]
    hypercorn.protocol.H11Protocol = PlainProtocol  # type: ignore[attr-defined, assignment]
    hypercorn.protocol.h11.WSStream = Stream  # type: ignore[attr-defined, assignment]
