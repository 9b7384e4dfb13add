"""What a process and its parent say to each other: lines of JSON over two joined sockets, which end with either of them."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import orjson
import structlog

from supportapp.processes.together import together

LONGEST = 8 * 1024 * 1024
"""Bytes of a line: the figures of all processes."""
PULSE = 1.0
"""Seconds between two signs of life."""
ANSWERS_WITHIN = 2.0

log = structlog.get_logger("supportapp.processes")


class Line:
    """One end. What is said is an object with one key; for nobody, where the other side is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> "Line":
        return cls(*await asyncio.open_unix_connection(sock=end, limit=LONGEST))

    def say(self, **what: Any) -> None:
        if not self._writer.is_closing():
            self._writer.write(orjson.dumps(what) + b"\n")

    async def hear(self) -> dict[str, Any] | None:
        """What comes next; None when the other side is gone."""
        try:
            line = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, OSError):
            return None
        said: dict[str, Any] = orjson.loads(line)
        return said

    def close(self) -> None:
        self._writer.close()


class Link:
    """A process's end: says that it is alive, and ends it where its parent is gone or a part of it has ended.

    `figures` are its own, `whole` is whether all of its parts run.
    """

    def __init__(self, end: socket.socket, figures: Callable[[], bytes], whole: Callable[[], bool]) -> None:
        self._end = end
        self._figures = figures
        self._whole = whole
        self._line: Line | None = None
        self._welcome = asyncio.Event()
        self._asking: list[asyncio.Future[dict[str, Any]]] = []

    def ready(self) -> None:
        """This process serves: its parent may count on it from now on."""
        self._welcome.set()

    async def run(self, leave: Callable[[], None]) -> None:
        """Until cancelled; calls `leave` when it is time to go."""
        self._line = line = await Line.over(self._end)
        pulse = asyncio.create_task(self._pulse(line, leave))
        try:
            while (heard := await line.hear()) is not None:
                if "figures" in heard:
                    line.say(mine=self._figures().decode())
                else:
                    self._settle(heard["everybody"])
            log.warning("the parent of this process is gone, it ends")
        finally:
            pulse.cancel()
            line.close()
            leave()

    async def everybody(self) -> bytes:
        """The figures of all processes; raises `TimeoutError`."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asking.append(answer)
        if self._line:
            self._line.say(everybody=True)
        async with asyncio.timeout(2 * ANSWERS_WITHIN):
            return together(**await answer)

    def _settle(self, everybody: dict[str, Any]) -> None:
        asking, self._asking = self._asking, []
        for answer in asking:
            if not answer.done():
                answer.set_result(everybody)

    async def _pulse(self, line: Line, leave: Callable[[], None]) -> None:
        await self._welcome.wait()
        while True:
            if not self._whole():
                log.error("a part of this process has ended, it makes room for another")
                leave()
                return
            line.say(alive=True)
            await asyncio.sleep(PULSE)
