"""Drives `driver.mjs`: one Node process for the whole run, as many sockets as the tests want."""

import asyncio
import itertools
import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Listener = Callable[[str, list[Any]], None]


class Driver:
    """A Node process that holds sockets; commands and events are lines of JSON."""

    def __init__(self, node: str) -> None:
        script = Path(__file__).with_name("driver.mjs")
        self._process = subprocess.Popen(
            [node, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Future[Any]]] = {}
        self._listeners: dict[str, tuple[asyncio.AbstractEventLoop, Listener]] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    async def do(self, action: str, **arguments: Any) -> Any:
        """Carry out one action of the script and return its result."""
        loop, number = asyncio.get_running_loop(), next(self._ids)
        future = loop.create_future()
        self._waiting[number] = (loop, future)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "do": action, **arguments}) + "\n")
        self._process.stdin.flush()
        async with asyncio.timeout(15):
            return await future

    def listen(self, socket: str, listener: Listener) -> None:
        """Call `listener(event, args)` for everything that the socket hears."""
        self._listeners[socket] = (asyncio.get_running_loop(), listener)

    async def forget(self) -> None:
        """Close every socket."""
        self._listeners.clear()
        await self.do("forget")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(5)
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "id" in said:
                loop, future = self._waiting.pop(said["id"])
                loop.call_soon_threadsafe(settle, future, said)
            elif said["socket"] in self._listeners:
                loop, listener = self._listeners[said["socket"]]
                if not loop.is_closed():
                    loop.call_soon_threadsafe(listener, said["event"], said["args"])


def settle(future: asyncio.Future[Any], said: dict[str, Any]) -> None:
    if future.done():
        return
    if "error" in said:
        future.set_exception(RuntimeError(said["error"]))
    else:
        future.set_result(said["result"])
