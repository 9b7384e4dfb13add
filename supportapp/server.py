"""Our own runner of hypercorn: one listening socket, a start that fails aloud, an end that is quick and clean."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

import hypercorn.asyncio
from hypercorn.utils import LifespanFailureError

from supportapp.connection import ServerConfig, install
from supportapp.errors import StartError
from supportapp.places import Places, most_connections

try:
    import uvloop
except ImportError:  # Windows
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    new_event_loop = uvloop.new_event_loop

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

STOPPING = (signal.SIGTERM, signal.SIGINT)
USER_TIMEOUT_MS = 30_000  # a client that stops reading is gone after this time
DRAIN_SECONDS = 0.8  # to hear everybody out: the way to a phone and back
CUT_SECONDS = 0.3
WATCHDOG_SECONDS = 10.0  # well before the platform's SIGKILL, usually 30 s
GC_THRESHOLD = (20_000, 50, 100)  # p99 at 1,000 messages/s: 38.7 → 7.1 ms


class Application(Protocol):
    """What can be served: an ASGI application that can close its sockets."""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None: ...

    async def drain(self, timeout: float) -> None: ...


def run(
    application: Application,
    host: str,
    port: int,
    *,
    ready: Callable[[], None],
    per_address: int | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT; the exit status: 0 after a clean end, 1 after one line on stderr.

    `per_address`: how many connections one address may have; None where all come through a proxy.
    `ready` is called once, when people are welcome. The process has to end afterwards: it hears no signal any more.
    """
    try:
        listener = listen(host, port)
    except OSError as error:
        return fail(f"Cannot listen on {host} port {port}: {reason(error)}.")
    install()
    config = ServerConfig(listener.detach(), Places(most_connections(), per_address))
    runner = Runner(application, config, ready)
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as loop:
            loop.run(runner.serve())
    except StartError as error:
        return fail(f"Cannot start: {' '.join(str(error).split())}")
    finally:
        watch_the_end()
        for number in STOPPING:  # the interpreter takes Python's handlers away before it has ended
            signal.signal(number, signal.SIG_IGN)
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket whose connections die when the other side stops reading."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        listener.bind(address)
        listener.listen(2048)  # now, not after the start: a port in use is seen before anything is touched
    except OSError:
        listener.close()
        raise
    return listener


def reason(error: OSError) -> str:
    text = (error.strerror or str(error)).lower()
    return f"{text}; stop the other program or choose another PORT" if "in use" in text else text


def fail(line: str) -> int:
    print(line, file=sys.stderr, flush=True)
    return 1


class Runner:
    """One run of one application on one listening socket."""

    def __init__(self, application: Application, config: ServerConfig, ready: Callable[[], None]) -> None:
        self.application = application
        self.ready = ready
        self.config = config
        self.stopping = asyncio.Event()
        self.started = False
        self.failure: str | None = None

    async def serve(self) -> None:
        """Serve until a signal says stop. Raises `StartError` when the application cannot start."""
        loop = asyncio.get_running_loop()
        serving = loop.create_task(
            hypercorn.asyncio.serve(self.asgi, self.config, shutdown_trigger=self.until_stopped)
        )

        def told(*_: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.stop, serving)

        # Not the loop's own handlers: it takes them away before the process has ended.
        for number in STOPPING:
            signal.signal(number, told)
        try:
            with suppress(LifespanFailureError):  # `failure` says it better
                await serving
        except asyncio.CancelledError:
            if not self.stopping.is_set():
                raise
        if self.failure is not None:
            raise StartError(self.failure)

    def stop(self, serving: asyncio.Task[None]) -> None:
        if self.stopping.is_set():
            return
        self.stopping.set()
        watch_the_end()
        if not self.started:
            serving.cancel()

    async def until_stopped(self) -> None:
        """Hypercorn calls this when it has started, and begins to close when it returns."""
        if self.failure is not None:
            return
        self.started = True
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        self.ready()
        await self.stopping.wait()
        self.config.leaving = True
        await self.application.drain(DRAIN_SECONDS)
        # What is still open then is stuck: since Python 3.12 hypercorn would wait for it for ever.
        asyncio.get_running_loop().call_later(CUT_SECONDS, self.config.places.cut)

    async def asgi(self, scope: Any, receive: Receive, send: Send) -> None:
        """The application; a start that fails is noted, where hypercorn would serve on without it."""
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return

        async def watch(message: Any) -> None:
            if message["type"] == "lifespan.startup.failed":
                self.failure = message.get("message") or "no reason given"
            await send(message)

        try:
            await self.application(scope, receive, watch)
        except Exception as error:
            if self.started or isinstance(error, LifespanFailureError):
                raise
            logging.getLogger(__name__).debug("start failed", exc_info=True)
            self.failure = str(error) if isinstance(error, StartError) else repr(error)
            await send({"type": "lifespan.startup.failed", "message": self.failure})


def watch_the_end() -> None:
    """From now on the process has `WATCHDOG_SECONDS`; harmless to repeat."""
    watchdog = threading.Timer(WATCHDOG_SECONDS, give_up)
    watchdog.daemon = True
    watchdog.start()


def give_up() -> None:
    """The last resort, on a thread of its own: the loop hangs or a thread does not end."""
    fail(f"Did not end within {WATCHDOG_SECONDS:.0f} s: leaving without waiting longer.")
    os._exit(1)
