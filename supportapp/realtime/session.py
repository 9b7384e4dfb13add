"""One Engine.IO session: what waits for its client is counted in bytes, and nothing of it outlives its end."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from engineio import exceptions
from engineio import packet as engine
from engineio.async_socket import AsyncSocket

from supportapp.realtime.callers import Caller
from supportapp.realtime.outgoing import settle
from supportapp.realtime.websocket import WebSocket

log = structlog.get_logger("supportapp.sockets")


class Session(AsyncSocket):  # type: ignore[misc]  # untyped library
    """A session of `caller`. It is `over` from the moment it is cut, and gone when nobody serves it any more."""

    closed: bool
    connected: bool
    upgrading: bool

    def __init__(self, server: Any, caller: Caller) -> None:
        super().__init__(server, server.generate_id())
        self.caller = caller
        self.bucket = server.admission.bucket()
        self.malformed = 0
        self.over = self.leaving = self._polled = self._gone = False
        self.silence: asyncio.TimerHandle | None = None
        self.last_ping = None  # the library's own look at it is not needed: `_beat` has a timer
        self._pulse: asyncio.TimerHandle | None = None
        self._serving = 0
        self._end: asyncio.Task[None] | None = None

    @property
    def tag(self) -> str:
        """A name for the log: who knows the sid has half of the session."""
        return hashlib.blake2b(self.sid.encode(), digest_size=4).hexdigest()

    def offer(self, packet: engine.Packet) -> None:
        """Queue `packet`; a client that has stopped reading is cut."""
        if self.over or self.closed:
            settle([packet])
        elif self.queue.has_room:
            self.queue.put(packet)
        else:
            settle([packet])
            self.cut("a client does not read")

    def cut(self, why: str) -> None:
        """End the session now, without waiting for its client."""
        if not self.over and not self.closed:
            log.info("connection cut", reason=why, usuario=self.caller.person, socket=self.tag)
            self.server.tell_cut(why)
            self._end_now(self.server.reason.SERVER_DISCONNECT)

    def _end_now(self, reason: str) -> None:
        self.over = True
        self.queue.drop()
        self._end = asyncio.ensure_future(self.close(abort=True, reason=reason))

    @contextmanager
    def served(self, *, polling: bool = False) -> Iterator[None]:
        """While a request or a WebSocket of this session is handled; `polling`: it takes what waits, so it is the only one."""
        if polling and self._polled:
            self.cut("two polls at once")
            raise exceptions.SocketIsClosedError
        self._serving += 1
        self._polled = self._polled or polling
        try:
            yield
        finally:
            self._serving -= 1
            if polling:
                self._polled = False
                self.queue.written()
            self._leave()

    async def poll(self) -> list[Any]:
        """What is next for the client; empty when there will be nothing more."""
        return await self.queue.take()  # type: ignore[no-any-return]  # untyped library

    async def send(self, pkt: engine.Packet) -> None:
        self.offer(pkt)

    async def hear(self, text: str) -> None:
        """One packet of the client, as far as it may still send; raises `SocketIsClosedError`."""
        if not (self.over or self.closed) and not self.server.admission.pays(self.caller, self.bucket, 1):
            self.cut("too many frames")
        if self.over or self.closed:
            raise exceptions.SocketIsClosedError
        kind = int(text[0])
        if kind == engine.MESSAGE:
            await self.server.handlers["message"](self.sid, text[1:])
        elif kind == engine.PONG:
            self.schedule_ping()
        elif kind == engine.UPGRADE:
            self.offer(engine.Packet(engine.NOOP))
        elif kind == engine.CLOSE:
            await self.close(abort=True, reason=self.server.reason.CLIENT_DISCONNECT)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """The packets of a body that the guard has looked at: as many as fit, where the library takes sixteen."""
        body = (await environ["wsgi.input"].read()).decode()
        with suppress(exceptions.SocketIsClosedError):
            for text in body.split("\x1e"):
                await self.hear(text)

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """As the library's, and whoever polls or writes is told; nobody is waited for."""
        if self.closed or self.closing:
            return
        for timer in (self._pulse, self.silence):
            if timer:
                timer.cancel()
        try:
            await super().close(wait=False, abort=abort, reason=reason)
        finally:
            self.closed = True
            self.queue.end()
            self._leave()

    def schedule_ping(self) -> None:
        """Ask in a while whether the client is there. A timer: a session that ends leaves no task that sleeps."""
        if self._pulse:
            self._pulse.cancel()
        if not self.over and not self.closing:
            self._pulse = asyncio.get_running_loop().call_later(self.server.ping_interval, self._beat)

    def _beat(self) -> None:
        self.offer(engine.Packet(engine.PING))
        loop = asyncio.get_running_loop()
        self._pulse = loop.call_later(
            self.server.ping_timeout, self._end_now, self.server.reason.PING_TIMEOUT
        )

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        """One WebSocket for a session, whatever becomes of it; the library forgets that an upgrade has failed."""
        if self.upgrading or self.upgraded:
            return self.server._bad_request("Already upgraded")
        try:
            with self.served():
                await self._talk(WebSocket(environ, self.queue))
        finally:
            self.upgrading = False
            if self.upgraded:
                self.cut("its WebSocket has ended")
        return ""  # the answer has been given

    async def _talk(self, socket: WebSocket) -> None:
        """All that comes by a WebSocket, until either side has ended it."""
        self.upgrading = self.connected
        await socket.accept()
        if self.upgrading and not await self._moves(socket):
            return
        self.connected = self.upgraded = True
        self.upgrading = False
        socket.carry()
        with suppress(EOFError, exceptions.SocketIsClosedError):
            while True:
                await self.hear(await socket.hear())
        await socket.close()
        await self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _moves(self, socket: WebSocket) -> bool:
        """Whether a client that polls comes over to this WebSocket, as Engine.IO has it."""
        with suppress(EOFError, TimeoutError):
            async with asyncio.timeout(self.server.ping_timeout):
                if await socket.hear() == "2probe":
                    await socket.say(engine.Packet(engine.PONG, "probe"))
                    self.queue.put(engine.Packet(engine.NOOP))  # ends the poll that waits
                    return await socket.hear() == "5"
        return False

    def _leave(self) -> None:
        if self.closed and not self._serving and not self._gone:
            self._gone = True
            self.queue.drop()
            self.server.forget(self)
