"""The HTTP door on a real port of this process."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from supportapp.web.current import Web
from tests.clients.running import serving


class Door:
    """The HTTP door alone: it has no sockets to close."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._web(scope, receive, send)

    async def drain(self, timeout: float) -> None:
        """Nobody has to be heard out."""


@asynccontextmanager
async def listening(web: Web) -> AsyncIterator[str]:
    """The application at the address that is yielded."""
    listener = socket.create_server(("127.0.0.1", 0))
    async with serving(Door(web), listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
