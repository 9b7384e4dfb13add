"""A small application under our runner, to look at the runner alone: `python -m tests.plain_app PORT [FAULT]`."""

import asyncio
import sys
import time
from typing import Any

from supportapp import incoming, server, tcp, watchdog
from supportapp.errors import StartError
from supportapp.listener import listen


class PlainApp:
    """Tells the length of what it hears on WebSockets until it hears `bye`, counts who left, and has the fault that the test asks for."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.left = 0
        self.open: set[asyncio.Task[Any] | None] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        handler = {"lifespan": self.lifespan, "websocket": self.websocket, "http": self.http}[scope["type"]]
        await handler(scope, receive, send)

    async def lifespan(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if self.fault == "start":
            raise StartError("the cupboard\nis bare")
        if self.fault == "start, told by Quart":
            await send({"type": "lifespan.startup.failed", "message": "the cupboard is bare"})
        if self.fault == "bug":
            raise KeyError("cupboard")
        if self.fault == "slow start":
            print("starting", flush=True)
        if self.fault.startswith("slow start"):
            await asyncio.sleep(60)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print(f"left: {self.left}", flush=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def websocket(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if self.fault == "no chat":
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            if message["text"] == "enough":
                await asyncio.sleep(0.3)
                return
            await send({"type": "websocket.send", "text": f"{len(message['text'])}"})
            if message["text"] == "bye":
                await send({"type": "websocket.close"})
        self.left += 1

    async def http(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            await receive()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if scope["path"] == "/late":
            await asyncio.sleep(0.3)
        if scope["path"] == "/body":
            while (await receive()).get("more_body"):
                pass
        if scope["path"] == "/long":
            await asyncio.sleep(3)
        if scope["path"] == "/large":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": bytes(8_000_000)})
            return
        status = 404 if self.fault == "no chat" and scope["path"] != "/" else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})

    async def drain(self, timeout: float) -> None:
        if self.fault == "hanging drain":
            time.sleep(60)  # blocks the loop, as a bug would


def hurried(init: Any) -> Any:
    """A configuration that gives the application half a second to start."""

    def make(self: Any, *arguments: Any) -> None:
        init(self, *arguments)
        self.startup_timeout = 0.5

    return make


if __name__ == "__main__":
    fault = sys.argv[2] if len(sys.argv) > 2 else ""
    if fault == "hanging drain":
        watchdog.WATCHDOG_SECONDS = 0.5
    if fault == "slow start, impatient":
        tcp.ServerConfig.__init__ = hurried(tcp.ServerConfig.__init__)
    if fault == "impatient":
        incoming.HEAD_SECONDS, incoming.BODY_SECONDS = 1.0, 1.5
        tcp.LINGER_SECONDS, tcp.UNREAD_SECONDS, tcp.SLOWEST = 0.5, 1.0, 16_000_000
    listener = listen("127.0.0.1", int(sys.argv[1]))
    sys.exit(server.run(PlainApp(fault), listener, ready=lambda: print("ready", flush=True)))
