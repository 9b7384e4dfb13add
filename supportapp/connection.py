"""Hypercorn's connections, hardened: no compression, no switch to HTTP/2, bounded, counted and able to be cut."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import h11
import hypercorn.asyncio.run
import hypercorn.asyncio.tcp_server
import hypercorn.protocol
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config
from hypercorn.events import Closed, Event
from hypercorn.protocol.events import EndData
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import FrameTooLargeError, WebsocketBuffer, WSStream
from wsproto.events import Message

KEEP_ALIVE_SECONDS = 95  # Heroku's router reuses connections for 90 s: it must be the one to close them
MESSAGE_BYTES = 64 * 1024
GOODBYE_SECONDS = 3


class ServerConfig(Config):
    """Hypercorn's settings as we want them, and the connections that are open now."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.bind = [f"fd://{descriptor}"]
        self.backlog = 2048  # everybody comes back at once after a restart
        self.keep_alive_timeout = KEEP_ALIVE_SECONDS
        self.websocket_max_message_size = MESSAGE_BYTES
        self.include_server_header = False
        self.graceful_timeout = 2
        self.startup_timeout = 300
        self.shutdown_timeout = 8
        self.errorlog = logging.getLogger("hypercorn.error")
        self.connections: set[Connection] = set()
        self.leaving = False

    def cut_connections(self) -> None:
        """Close what is still open, without waiting for the other side."""
        for connection in self.connections:
            connection.writer.transport.abort()


class Connection(TCPServer):
    """A connection that is known to the runner, and whose death by timeout is an ordinary end."""

    config: ServerConfig

    async def run(self) -> None:
        if self.config.leaving:  # clients that come back at once would keep us from leaving
            self.writer.transport.abort()
            return
        self.config.connections.add(self)
        try:
            await super().run()
        finally:
            self.config.connections.discard(self)

    async def _read_data(self) -> None:
        """Until the client has closed; hypercorn would then keep its socket for the rest of `keep_alive_timeout`."""
        await super()._read_data()
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        try:
            await super().protocol_send(event)
        except TimeoutError:  # TCP_USER_TIMEOUT; hypercorn knows ConnectionError only
            await self.protocol.handle(Closed())

    async def _close(self) -> None:
        with contextlib.suppress(OSError):
            await super()._close()


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


class PlainProtocol(H11Protocol):
    """HTTP/1.1 and WebSocket, without h2c and without permessage-deflate.

    Compression costs 100 KB a connection and inflates before any limit is checked.
    """

    _goodbye: asyncio.TimerHandle | None = None

    async def stream_send(self, event: StreamEvent) -> None:
        """A client that does not answer the closing frame is left; hypercorn would wait for it without end."""
        await super().stream_send(event)
        if isinstance(event, EndData) and self._goodbye is None:
            self._goodbye = asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self._leave)

    async def handle(self, event: Event) -> None:
        if isinstance(event, Closed) and self._goodbye:
            self._goodbye.cancel()
        await super().handle(event)

    def _leave(self) -> None:
        self._leaving = asyncio.ensure_future(self.send(Closed()))

    async def _check_protocol(self, event: h11.Request) -> None:
        """Nothing to switch to: `Upgrade: h2c` is ignored, as RFC 9110 section 7.8 allows."""

    async def _create_stream(self, request: h11.Request) -> None:
        if request.method == b"PRI":  # HTTP/2 without asking
            await self._send_error_response(505)
            await self.send(Closed())
            return
        await super()._create_stream(without_extensions(request))
        if isinstance(self.stream, WSStream):
            self.stream.buffer = BoundedBuffer(MESSAGE_BYTES)


class BoundedBuffer(WebsocketBuffer):
    """Refuses a message before keeping it; hypercorn's goes on collecting after the refusal."""

    def extend(self, event: Message[Any]) -> None:
        if self.length + len(event.data) > self.max_length:
            self.length = self.max_length
            raise FrameTooLargeError
        super().extend(event)


def without_extensions(request: h11.Request) -> h11.Request:
    """`request` as if the client had not offered any WebSocket extension."""
    headers = [(name, value) for name, value in request.headers if name != b"sec-websocket-extensions"]
    if len(headers) == len(request.headers):
        return request
    return h11.Request(
        method=request.method, target=request.target, headers=headers, http_version=request.http_version
    )


def install() -> None:
    """Make hypercorn use these classes; it has no setting for them."""
    hypercorn.asyncio.run.TCPServer = Connection  # type: ignore[attr-defined]
    hypercorn.asyncio.tcp_server.TaskGroup = ConnectionTasks  # type: ignore[attr-defined]
    hypercorn.protocol.H11Protocol = PlainProtocol  # type: ignore[attr-defined]
