"""One WebSocket of a session: what is ready for it in one turn of the loop leaves in one write."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import structlog
from engineio import packet as engine

from supportapp.realtime.frames import is_frame
from supportapp.realtime.outgoing import Outgoing, frame_of

FRAMES = "soporte.frames"
"""The extension of ASGI by which our own server takes frames that are made; any other is given texts, one by one."""

log = structlog.get_logger("supportapp.frames")


class Frames(Protocol):
    """What stands under `FRAMES` in a scope."""

    def write(self, frames: bytes) -> bool:
        """Send them now; False where the client has yet to take much of what it was sent."""

    async def taken(self) -> None:
        """Wait until it has, or has gone."""


class Way(Protocol):
    """As `Frames`, for packets."""

    def write(self, packets: Sequence[engine.Packet]) -> bool: ...

    async def taken(self) -> None: ...


class ByFrames:
    """Packets on their way through our own server."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    def write(self, packets: Sequence[engine.Packet]) -> bool:
        return self._frames.write(b"".join(map(frame_of, packets)))

    async def taken(self) -> None:
        await self._frames.taken()


class ByTexts:
    """Packets on their way through any other server, which sends only to whoever waits for it."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self._packets: Sequence[engine.Packet] = ()

    def write(self, packets: Sequence[engine.Packet]) -> bool:
        self._packets = packets
        return False

    async def taken(self) -> None:
        packets, self._packets = self._packets, ()
        for packet in packets:
            await self._send({"type": "websocket.send", "text": packet.encode()})


class WebSocket:
    """Carries what waits in `queue`, and is closed when that is over."""

    def __init__(self, environ: dict[str, Any], queue: Outgoing) -> None:
        self._receive, self._send = environ["asgi.receive"], environ["asgi.send"]
        frames = environ["asgi.scope"].get("extensions", {}).get(FRAMES)
        self._way: Way = ByFrames(frames) if frames else ByTexts(self._send)
        self._queue = queue
        self._due = False
        self._pressing: asyncio.Task[None] | None = None

    async def accept(self) -> None:
        await self._send({"type": "websocket.accept"})

    async def hear(self) -> str:
        """The next frame; raises `EOFError` at the end, and where it is not Engine.IO."""
        event = await self._receive()
        if event["type"] != "websocket.receive":
            raise EOFError
        text: str | None = event.get("text")
        if not is_frame(text):
            log.info("malformed frame, connection cut")
            raise EOFError
        return text

    async def say(self, packet: engine.Packet) -> None:
        """Send `packet` before anything that waits."""
        await self._send({"type": "websocket.send", "text": packet.encode()})

    def carry(self) -> None:
        """From now on what waits goes this way."""
        self._queue.stirred = self._stirred
        self._stirred()

    async def close(self) -> None:
        """Write what still waits and say goodbye."""
        self._queue.end()
        self._write()
        if self._pressing:
            await self._pressing

    def _stirred(self) -> None:
        if not (self._due or self._pressing):
            self._due = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        self._due = False
        if self._pressing:
            return
        while packets := self._queue.next():
            if not self._way.write(packets):
                break
        else:
            if not self._queue.over:
                return
        self._pressing = asyncio.ensure_future(self._press())

    async def _press(self) -> None:
        """Go on as fast as the client takes it, and end with the goodbye if nothing more will come."""
        await self._way.taken()
        while packets := self._queue.next():
            self._way.write(packets)
            await self._way.taken()
        if self._queue.over:
            await self._send({"type": "websocket.close"})
        else:
            self._pressing = None
