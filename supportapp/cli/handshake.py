"""A WebSocket handshake from outside, as a browser would make it; `doctor` uses it."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Event, RejectConnection, Request, TextMessage

from supportapp.errors import StartError

TIMEOUT = 5.0
PATH = "/socket.io/?EIO=4&transport=websocket"


async def open_websocket(origin: str) -> None:
    """Open Engine.IO's WebSocket at `origin` and hear its first packet; a `StartError` says what is in the way."""
    try:
        async with asyncio.timeout(TIMEOUT):
            await first_packet(origin)
    except TimeoutError:
        raise StartError("the handshake is not answered; a proxy in between may hold back upgrades") from None


async def first_packet(origin: str) -> None:
    reader, writer = await connect(origin)
    try:
        websocket = WSConnection(ConnectionType.CLIENT)
        host = urlsplit(origin).netloc
        writer.write(
            websocket.send(Request(host=host, target=PATH, extra_headers=[(b"Origin", origin.encode())]))
        )
        while data := await reader.read(4096):
            websocket.receive_data(data)
            if any(arrived(event) for event in websocket.events()):
                return
        raise StartError("the connection is closed before the chat says anything")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def arrived(event: Event) -> bool:
    """Whether this is Engine.IO's first packet."""
    if isinstance(event, RejectConnection):
        raise StartError(
            f"the upgrade is refused with status {event.status_code}; let the proxy pass WebSocket upgrades"
        )
    if isinstance(event, AcceptConnection):
        return False
    if isinstance(event, TextMessage) and event.data.startswith("0"):
        return True
    raise StartError("something else than the chat answers the WebSocket")


async def http_status(origin: str, path: str) -> int:
    """The status of GET `path` at `origin`."""
    return (await http_get(origin, path, {}, most=0))[0]


async def http_get(origin: str, path: str, headers: Mapping[str, str], most: int) -> tuple[int, str]:
    """The status of GET `path` at `origin` (0: no HTTP) and `most` bytes of what follows it."""
    async with asyncio.timeout(TIMEOUT):
        reader, writer = await connect(origin)
        try:
            host = urlsplit(origin).netloc
            more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n".encode())
            line = (await reader.readline()).decode("latin1").split()
            status = int(line[1]) if len(line) > 1 and line[1].isdigit() else 0
            rest = b""
            while len(rest) < most and (data := await reader.read(65_536)):
                rest += data
            return status, rest.decode(errors="replace")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def connect(origin: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(origin)
    secure = parts.scheme == "https"
    context = ssl.create_default_context() if secure else None
    return await asyncio.open_connection(parts.hostname, parts.port or (443 if secure else 80), ssl=context)
