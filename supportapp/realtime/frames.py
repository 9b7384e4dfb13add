"""Refuses what is not Engine.IO before it reaches the library, which answers it with a traceback and a leak."""

from typing import Any, TypeGuard

MAX_FRAME = 65_536
"""Bytes of one frame or polling body; a message is at most 8,000, with its JSON escapes 48,000."""

FRAME_TYPES = frozenset("123456")
"""Packet types a client may send on a WebSocket: close, ping (probe), pong, message, upgrade, noop."""
POLLED_TYPES = frozenset("134")
"""And in the body of a POST: there is nothing to probe, and nothing to upgrade."""


def is_frame(text: str | None) -> TypeGuard[str]:
    """Whether a frame is Engine.IO, in text."""
    return text is not None and text[:1] in FRAME_TYPES and len(text) <= MAX_FRAME


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
    """Whether a body is packets, each of a type that is posted; a form (`d=`, of JSONP) and base64 are not."""
    try:
        packets = body.decode().split("\x1e")
    except UnicodeDecodeError:
        return False
    return all(text[:1] in POLLED_TYPES for text in packets)


def replay(body: bytes, receive: Any) -> Any:
    """A `receive` that gives `body` first and then what really comes."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Any:
        return pending.pop() if pending else await receive()

    return replayed
