"""Refuses what is not Engine.IO before it reaches the library, which answers it with a traceback and a leak."""

from typing import Any

import structlog
from engineio.payload import Payload

MAX_FRAME = 65_536
"""Bytes of one frame or polling body; a message is at most 8,000, with its JSON escapes 48,000."""

CLIENT_TYPES = frozenset("123456")
"""Packet types a client may send: close, ping (probe), pong, message, upgrade, noop."""

log = structlog.get_logger("supportapp.frames")


class FrameGuard:
    """ASGI middleware: checks frames and polling bodies below `path`, and hands everything else on."""

    def __init__(self, app: Any, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket" and scope["path"].startswith(self._path):
            await self._app(scope, checked_frames(receive), send)
        elif scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(self._path):
            await self._post(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _post(self, scope: Any, receive: Any, send: Any) -> None:
        body = await read_body(receive)
        if body is None or not is_payload(body):
            log.info("malformed polling body")
            await send({"type": "http.response.start", "status": 400 if body else 413, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        scope = {**scope, "headers": with_length(scope["headers"], len(body))}
        await self._app(scope, replay(body, receive), send)


def checked_frames(receive: Any) -> Any:
    """`receive`, which ends the connection at the first frame that is not Engine.IO text."""

    async def checked() -> Any:
        event = await receive()
        if event["type"] == "websocket.receive":
            text = event.get("text")
            if not text or text[0] not in CLIENT_TYPES or len(text) > MAX_FRAME:
                log.info("malformed frame, connection cut")
                return {"type": "websocket.disconnect", "code": 1002}
        return event

    return checked


async def read_body(receive: Any) -> bytes | None:
    """The request's body, or None when it is larger than `MAX_FRAME` or the client has gone."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        body += event.get("body", b"")
        if len(body) > MAX_FRAME:
            return None
        if not event.get("more_body"):
            return bytes(body)


def is_payload(body: bytes) -> bool:
    try:
        packets = Payload(encoded_payload=body.decode()).packets
    except (ValueError, KeyError, IndexError):
        return False
    return all(not packet.binary for packet in packets)


def with_length(headers: Any, length: int) -> list[tuple[bytes, bytes]]:
    """The headers with the true length: the library reads nothing of a chunked body."""
    return [
        *((k, v) for k, v in headers if k.lower() != b"content-length"),
        (b"content-length", b"%d" % length),
    ]


def replay(body: bytes, receive: Any) -> Any:
    """A `receive` that gives `body` first and then what really comes."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Any:
        return pending.pop() if pending else await receive()

    return replayed
