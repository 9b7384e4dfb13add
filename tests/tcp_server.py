"""A TCP server of a test, of which nothing is left when it has stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class TCPServer:
    """Answers with `serve` on a port of loopback: one that is free, if none is given."""

    def __init__(self, serve: Serve, port: int = 0) -> None:
        self._serve = serve
        self.port = port
        self._talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        # asyncio forgets whom it accepted in the turn of `close`, and one that is cancelled before its first step.
        for listener in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listener)
        await asyncio.sleep(0)
        self._server.close()
        await asyncio.sleep(0)
        for task, writer in self._talks.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports say goodbye

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def talk() -> None:
            try:
                await self._serve(reader, writer)
            finally:
                writer.close()
                del self._talks[task]

        task = asyncio.create_task(talk())
        self._talks[task] = writer
