"""The polling door by hand: requests that say only what a test wants said."""

import asyncio
import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage
from typing import Any

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: HTTPMessage
    text: str

    @property
    def sid(self) -> str:
        """Of a handshake."""
        return str(json.loads(self.text[1:])["sid"])


@dataclass
class Polling:
    """Requests to the port; `headers` are sent with each."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Reply:
        def request() -> Reply:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=15)
            try:
                connection.request(method, path, body, {"Connection": "close", **self.headers, **headers})
                response = connection.getresponse()
                return Reply(response.status, response.headers, response.read().decode())
            finally:
                connection.close()

        return await asyncio.to_thread(request)

    async def open(self) -> str:
        """A new session's sid."""
        return (await self.ask("GET", HANDSHAKE)).sid

    async def enter(self) -> str:
        """The sid of a session that was let in."""
        sid = await self.open()
        await self.post(sid, "40")
        assert (await self.get(sid)).text.startswith("40")
        return sid

    async def get(self, sid: str, **headers: str) -> Reply:
        return await self.ask("GET", f"{HANDSHAKE}&sid={sid}", **headers)

    async def post(self, sid: str, *packets: str, **headers: str) -> Reply:
        return await self.ask("POST", f"{HANDSHAKE}&sid={sid}", "\x1e".join(packets), **headers)


def acknowledgements(reply: Reply) -> dict[int, Any]:
    """The acknowledgements in a poll's answer, by their numbers."""
    found = {}
    for packet in reply.text.split("\x1e"):
        if packet.startswith("43"):
            number, _, values = packet[2:].partition("[")
            found[int(number)] = json.loads("[" + values)[0]
    return found
