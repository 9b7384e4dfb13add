"""Our own runner of hypercorn's connections: a start that fails aloud, an end that is quick and clean."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from hypercorn.asyncio.lifespan import Lifespan
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.utils import LifespanFailureError, LifespanTimeoutError, wrap_app

from supportapp.errors import StartError
from supportapp.listener import BACKLOG
from supportapp.places import Places, most_connections
from supportapp.tasks import end
from supportapp.tcp import ServerConfig, TCPConnection, install
from supportapp.watchdog import watch_the_end

try:
    import uvloop
except ImportError:  # Windows
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    new_event_loop = uvloop.new_event_loop

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

Beside = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]

STOPPING = (signal.SIGTERM, signal.SIGINT)
DRAIN_SECONDS = 0.8  # to hear everybody out: the way to a phone and back
CUT_SECONDS = 0.3
ACCEPTING_SECONDS = 0.01  # until what was accepted last is known
LAST_SECONDS = 2.0  # for what was cut to be gone
GC_THRESHOLD = (20_000, 50, 100)  # p99 at 1,000 messages/s: 38.7 → 7.1 ms


class Application(Protocol):
    """What can be served: an ASGI application that can close its sockets."""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None: ...

    async def drain(self, timeout: float) -> None: ...


def run(
    application: Application,
    listener: socket.socket,
    *,
    ready: Callable[[], None],
    per_address: int | None = None,
    beside: Beside | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT; the exit status: 0 after a clean end, 1 after one line on stderr.

    `per_address`: how many connections one address may have; None where all come through a proxy.
    `ready` is called once, when people are welcome. `beside` runs from the beginning, and may call what it is given
    to make an end. The process has to end afterwards: it hears no signal any more.
    """
    install()
    config = ServerConfig(Places(most_connections(), per_address))

    def open_to_all() -> None:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        ready()

    runner = Runner(application, listener, config, open_to_all, beside)
    try:
        with listener, asyncio.Runner(loop_factory=new_event_loop) as loop:
            loop.run(runner.serve())
    except StartError as error:
        return fail(f"Cannot start: {' '.join(str(error).split())}")
    finally:
        watch_the_end()
        deaf()
    return 0


def deaf() -> None:
    """From now on no signal ends this process: the interpreter takes Python's handlers away before it has ended."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def fail(line: str) -> int:
    print(line, file=sys.stderr, flush=True)
    return 1


class Runner:
    """One run of one application on one listening socket, which other processes may share."""

    def __init__(
        self,
        application: Application,
        listener: socket.socket,
        config: ServerConfig,
        ready: Callable[[], None],
        beside: Beside | None,
    ) -> None:
        self.application = application
        self.listener = listener
        self.config = config
        self.ready = ready
        self.beside = beside
        self.context = WorkerContext(None)
        self.app = wrap_app(self.asgi, config.wsgi_max_body_size, "asgi")
        self.connections: set[asyncio.Task[Any]] = set()
        self.stopping = asyncio.Event()
        self.started = False
        self.failure: str | None = None

    async def serve(self) -> None:
        """Live until a signal says stop. Raises like `live`."""
        loop = asyncio.get_running_loop()

        def told(*_: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.stop)

        # Not the loop's own handlers: it takes them away before the process has ended.
        for number in STOPPING:
            signal.signal(number, told)
        await self.live()

    async def live(self) -> None:
        """Start, serve until it is `stopping`, and end. Raises `StartError` when the application cannot start."""
        loop = asyncio.get_running_loop()
        beside = [loop.create_task(self.beside(self.stop))] if self.beside else []
        lifespan = Lifespan(self.app, self.config, loop, {})
        living = loop.create_task(lifespan.handle_lifespan())
        waiting = [loop.create_task(lifespan.wait_for_startup()), loop.create_task(self.stopping.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if self.failure is not None:
            with suppress(LifespanFailureError):  # `failure` says it better
                await living
            raise StartError(self.failure)
        if self.stopping.is_set():  # all that began is cancelled with the loop
            return
        try:
            waiting[0].result()
        except LifespanTimeoutError:
            raise StartError("the application did not start in time") from None
        self.started = True
        await self.let_in()
        await lifespan.wait_for_shutdown()
        await end([living, *beside])

    def stop(self) -> None:
        """Make an end; harmless to repeat."""
        if not self.stopping.is_set():
            self.stopping.set()
            watch_the_end()

    async def let_in(self) -> None:
        """Take connections until it is time to stop, then hear everybody out and end what is left."""
        server = await asyncio.start_server(self.connected, sock=self.listener, backlog=BACKLOG)
        self.ready()
        await self.stopping.wait()
        # First of all: who comes now is another process's, or finds none and comes again.
        # asyncio's own loop forgets whom it accepted in the turn of `close`; on Windows it has no readers.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().remove_reader(self.listener)
            await asyncio.sleep(0)
        server.close()
        await asyncio.sleep(ACCEPTING_SECONDS)
        await self.application.drain(DRAIN_SECONDS)
        await self.context.terminated.set()
        await self.gone(CUT_SECONDS)
        self.config.places.cut()  # what is still open is stuck
        await self.gone(LAST_SECONDS)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()

        async def serve() -> None:
            await TCPConnection(self.app, loop, self.config, self.context, {}, reader, writer)

        task = loop.create_task(serve())
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)

    async def gone(self, timeout: float) -> None:
        """Wait until no connection is left; at most `timeout` seconds."""
        if self.connections:
            await asyncio.wait(self.connections, timeout=timeout)

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
