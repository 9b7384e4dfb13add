"""The HTTP door on a real port of this process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypercorn.asyncio import serve

from supportapp.connection import ServerConfig, install
from supportapp.places import Places
from supportapp.web.current import Web


@asynccontextmanager
async def listening(web: Web) -> AsyncIterator[str]:
    """The application at the address that is yielded."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    install()
    config = ServerConfig(listener.detach(), Places(1000))  # hypercorn closes the listener
    config.accesslog = config.errorlog = None
    ended = asyncio.Event()
    server = asyncio.create_task(serve(web, config, shutdown_trigger=ended.wait))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        ended.set()
        await server
