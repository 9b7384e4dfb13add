"""HTTP/1.1 and WebSocket as we speak them: no compression, no HTTP/2, messages bounded, refusals final."""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from hypercorn.events import Closed, Event
from hypercorn.protocol.events import Data, EndData, StreamClosed
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import ASGIWebsocketState, FrameTooLargeError, WebsocketBuffer, WSStream
from wsproto.connection import ConnectionState
from wsproto.events import Message

from supportapp.incoming import Incoming
from supportapp.realtime.websocket import FRAMES

MESSAGE_BYTES = 64 * 1024
WHOLE_TEXT, MASKED, TWO_BYTES = 0x81, 0x80, 126
"""The first byte of a frame that is a whole text, a bit of its second, and what says there that two bytes of length follow."""
GOODBYE_SECONDS = 3  # for a client to answer our closing frame


class PlainProtocol(H11Protocol):
    """HTTP/1.1 and WebSocket, without h2c and without permessage-deflate.

    Compression costs 100 KB a connection and inflates before any limit is checked.
    """

    write: Callable[[bytes], bool]
    """Sends bytes at once; False where the client has yet to take much of what it was sent."""
    _goodbye: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.connection = self.incoming = Incoming(self.config.h11_max_incomplete_size)

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
        await super()._create_stream(without_extensions(request))
        if self.connection is not self.incoming:
            self.incoming.leave()
        if isinstance(self.stream, Stream):
            self.stream.offer_frames(self.write)


class Stream(WSStream):
    """A WebSocket whose messages are bounded, and that is over when its handshake was refused."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.buffer = BoundedBuffer(MESSAGE_BYTES)

    async def handle(self, event: StreamEvent) -> None:
        """A message that is here as a whole is taken at once; whatever is out of the ordinary is the library's."""
        if isinstance(event, Data) and self._hears_anew and (text := text_in(event.data)) is not None:
            await self.app_put({"type": "websocket.receive", "bytes": None, "text": text})  # type: ignore[misc]
        else:
            await super().handle(event)

    @property
    def _hears_anew(self) -> bool:
        """Whether the connection is open, and nothing of a frame or a message waits for its rest."""
        if self.closed or self.state is not ASGIWebsocketState.CONNECTED:
            return False
        wire = self.connection._proto
        begun = len(wire._frame_decoder.buffer) or wire._frame_decoder.header or wire._message_decoder.opcode
        return not begun and self.connection.state is ConnectionState.OPEN

    def offer_frames(self, write: Callable[[bytes], bool]) -> None:
        """Tell the application, which begins when we next wait, that it may send as `realtime.websocket.Frames`."""
        self._write = write
        self.scope["extensions"][FRAMES] = self  # type: ignore[assignment]  # ASGI's are dictionaries

    def write(self, frames: bytes) -> bool:
        """Frames that are made; nothing may follow our closing frame, and nobody hears what follows the client's."""
        gone = self.closed or self.connection.state is not ConnectionState.OPEN
        return gone or self._write(frames)

    async def taken(self) -> None:
        await self.send(Data(stream_id=self.stream_id, data=b""))

    async def _send_error_response(self, status_code: int) -> None:
        """Hypercorn would neither close the connection nor tell the application."""
        await super()._send_error_response(status_code)
        await self.send(StreamClosed(stream_id=self.stream_id))


class BoundedBuffer(WebsocketBuffer):
    """Refuses a message before keeping it; hypercorn's goes on collecting after the refusal."""

    def extend(self, event: Message[Any]) -> None:
        if self.length + len(event.data) > self.max_length:
            self.length = self.max_length
            raise FrameTooLargeError
        super().extend(event)


def text_in(data: bytes) -> str | None:
    """What a client says in `data`, if that is one frame with one whole text; None for anything else."""
    if len(data) < 6 or data[0] != WHOLE_TEXT:
        return None
    size, start = data[1] - MASKED, 2
    if size == TWO_BYTES:
        size, start = int.from_bytes(data[2:4]), 4
    key, payload = data[start : start + 4], data[start + 4 :]
    if size != len(payload) or (size < TWO_BYTES) != (start == 2):
        return None
    mask = (key * (size // 4 + 1))[:size]
    try:
        return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size).decode()
    except UnicodeDecodeError:
        return None


def without_extensions(request: h11.Request) -> h11.Request:
    """`request` as if the client had not offered any WebSocket extension."""
    headers = [(name, value) for name, value in request.headers if name != b"sec-websocket-extensions"]
    if len(headers) == len(request.headers):
        return request
    return h11.Request(
        method=request.method, target=request.target, headers=headers, http_version=request.http_version
    )
