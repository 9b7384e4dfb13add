"""A TCP proxy with the faults of a network: slow, cut, half-open (silent both ways or one), half-closed."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from typing import Self

from tests.tcp_server import TCPServer

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of nothing: closing says RST instead of FIN."""
UP, DOWN = "up", "down"
"""From the client to the server, and back."""


@dataclass(eq=False)
class Link:
    """One client's connection and the one to the server that belongs to it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def abort(self) -> None:
        """Reset both connections, as a router that lost its table does."""
        for writer in (self.client, self.server):
            if writer is not None:
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()
        for task in self.tasks:
            task.cancel()


class Proxy:
    """Listens on a port of its own and passes everything on to `target` until told otherwise."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0
        self.refuse = False
        self.links: set[Link] = set()
        self._open = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        self._server = TCPServer(self._serve)

    async def start(self) -> Self:
        self.heal()
        await self._server.start()
        return self

    @property
    def port(self) -> int:
        return self._server.port

    async def stop(self) -> None:
        tasks = [task for link in self.links for task in link.tasks]
        self.cut()
        await self._server.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports say goodbye

    def heal(self) -> None:
        """Everything passes again; what was held back on the way arrives late, as after a retransmission."""
        self.delay, self.refuse = 0.0, False
        for gate in self._open.values():
            gate.set()

    def cut(self, *, refuse: bool = False) -> int:
        """Reset all connections, and new ones too while `refuse`; how many there were."""
        self.refuse = refuse
        links = list(self.links)
        for link in links:
            link.abort()
        return len(links)

    def silence(self, *ways: str) -> None:
        """Half-open: connections stay, and nothing passes any more in these ways (without any: in both)."""
        for way in ways or (UP, DOWN):
            self._open[way].clear()

    def half_close(self) -> None:
        """Every server is told that its client will say nothing more; the other way stays open."""
        for link in list(self.links):
            if link.server is not None:
                with contextlib.suppress(OSError, RuntimeError):
                    link.server.write_eof()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer)
        if self.refuse:
            link.abort()
            return
        self.links.add(link)
        try:
            upstream, link.server = await asyncio.open_connection("127.0.0.1", self.target)
            link.tasks = [
                asyncio.create_task(self._pump(reader, link.server, UP)),
                asyncio.create_task(self._pump(upstream, writer, DOWN)),
            ]
            await asyncio.wait(link.tasks)
        except OSError:
            pass
        finally:
            self.links.discard(link)
            link.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while data := await reader.read(CHUNK):
                await self._open[way].wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
            writer.write_eof()
            return
        writer.transport.abort()
