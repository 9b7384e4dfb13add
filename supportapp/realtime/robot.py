"""A Socket.IO client of the own port, as small as it can be: the canary's way in is everybody's."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Event, RejectConnection, Request, TextMessage

from supportapp.values import host_in_url

PATH = "/socket.io/?EIO=4&transport=websocket"

Heard = Callable[[str, list[Any]], None]


class Robot:
    """A signed-in socket. `heard(event, arguments)` is told of every event."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._websocket = WSConnection(ConnectionType.CLIENT)
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Heard = lambda event, arguments: None

    async def ask(self, event: str, payload: dict[str, Any]) -> Any:
        """Emit `event` and return its acknowledgement; raises `OSError` when the connection ends before it."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._say(TextMessage(f"42{number}{orjson.dumps([event, payload]).decode()}"))
        return await answer

    async def sign_in(self, host: str, token: str) -> None:
        """Open the WebSocket and be let in with the cookie."""
        self._say(Request(host=host, target=PATH, extra_headers=[(b"Cookie", b"token=" + token.encode())]))
        await self._welcome

    async def listen(self) -> None:
        """Hear everything until the connection ends; whoever waits then gets the reason."""
        reason: OSError = ConnectionError("the connection was closed")
        try:
            async for frame in self._frames():
                self._take(frame)
        except OSError as error:
            reason = error
        for waiting in (self._welcome, *self._answers.values()):
            if not waiting.done():
                waiting.set_exception(reason)
                waiting.exception()  # asked for: nobody may be waiting any more

    async def _frames(self) -> AsyncIterator[str]:
        parts: list[str] = []
        while data := await self._reader.read(65_536):
            self._websocket.receive_data(data)
            for event in self._websocket.events():
                if isinstance(event, RejectConnection | CloseConnection):
                    return
                if isinstance(event, TextMessage):
                    parts.append(event.data)
                    if event.message_finished:
                        yield "".join(parts)
                        parts.clear()

    def _take(self, frame: str) -> None:
        if frame[0] == "0":
            self._say(TextMessage("40"))
        elif frame == "2":
            self._say(TextMessage("3"))
        elif frame.startswith("40"):
            self._welcome.set_result(None)
        elif frame.startswith("44"):
            raise PermissionError(orjson.loads(frame[2:]).get("message", "refused"))
        elif frame.startswith("42"):
            event, *arguments = orjson.loads(frame[2:])
            self.heard(event, arguments)
        elif frame.startswith("43"):
            number, bracket, values = frame[2:].partition("[")
            self._answers.pop(int(number)).set_result(orjson.loads(bracket + values)[0])

    def _say(self, event: Event) -> None:
        self._writer.write(self._websocket.send(event))


@asynccontextmanager
async def robot(host: str, port: int, token: str) -> AsyncIterator[Robot]:
    """A robot that has signed in at this address; raises `OSError` where it is not let in."""
    reader, writer = await asyncio.open_connection(host, port)
    robot = Robot(reader, writer)
    listening = asyncio.create_task(robot.listen())
    try:
        await robot.sign_in(f"{host_in_url(host)}:{port}", token)
        yield robot
    finally:
        listening.cancel()
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await listening
        with suppress(OSError):
            await writer.wait_closed()
