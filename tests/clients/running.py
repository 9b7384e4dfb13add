"""The whole application on a real port of this process, and people who enter it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from hypercorn.asyncio import serve

from supportapp.asgi import Application
from supportapp.config import Settings
from supportapp.connection import ServerConfig, install
from supportapp.places import Places
from tests.clients.driver import Driver
from tests.clients.people import Person, token

WEBSOCKET = {"transports": ["websocket"]}
ADMINS = {"admin", "marta", "elena"}


@dataclass
class RunningDesk:
    """An application that answers at `url`; `people` are the sockets that entered it."""

    app: Application
    url: str
    driver: Driver
    people: list[Person] = field(default_factory=list)

    def cookie(self, usuario: str, **claims: Any) -> str:
        rol = "admin" if usuario in ADMINS else "user"
        secret = self.app.settings.jwt_secret.get_secret_value()
        return f"token={token(secret, usuario, **{'rol': rol, **claims})}"

    async def connect(self, usuario: str, cookie: str | None, **options: Any) -> tuple[Person, Any]:
        """A socket with this Cookie header, and what became of it."""
        person = Person(self.driver, usuario)
        self.people.append(person)
        headers = {"Cookie": cookie} if cookie is not None else {}
        headers |= options.pop("headers", {})
        result = await self.driver.do(
            "connect", socket=person.socket, url=self.url, headers=headers, options={**WEBSOCKET, **options}
        )
        return person, result

    async def enter(self, usuario: str, **options: Any) -> Person:
        """A signed-in person's connected socket."""
        person, result = await self.connect(usuario, self.cookie(usuario), **options)
        assert result["ok"], result
        return person

    async def get(self, path: str, usuario: str, **headers: str) -> tuple[int, str]:
        """Status and text of a GET as this person, without following redirects."""
        return (await self.ask("GET", path, self.cookie(usuario), **headers))[:2]

    async def post(self, path: str, cookie: str, **form: str) -> tuple[int, str]:
        """Status and text of a form that a program sends."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return (await self.ask("POST", path, cookie, urlencode(form), **headers))[:2]

    async def ask(
        self, method: str, path: str, cookie: str, body: str = "", **headers: str
    ) -> tuple[int, str, list[str]]:
        """Status, text and the cookies that are set, without following redirects."""

        def ask() -> tuple[int, str, list[str]]:
            connection = HTTPConnection("127.0.0.1", self.app.settings.port, timeout=15)
            try:
                connection.request(method, path, body, {"Cookie": cookie, **headers})
                response = connection.getresponse()
                cookies = response.headers.get_all("Set-Cookie", [])
                return response.status, response.read().decode(), cookies
            finally:
                connection.close()

        return await asyncio.to_thread(ask)

    async def raw(self, usuario: str, headers: dict[str, str] | None = None) -> Person:
        """A bare WebSocket at the Engine.IO door with this person's cookie; frames come as the event `frame`."""
        person = Person(self.driver, usuario)
        url = self.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        everything = {"Cookie": self.cookie(usuario), **(headers or {})}
        result = await self.driver.do("raw", socket=person.socket, url=url, headers=everything)
        assert result["ok"], result
        return person


@asynccontextmanager
async def running_desk(settings: Settings, driver: Driver) -> AsyncIterator[RunningDesk]:
    """Serve the application of `settings` on a free port until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = settings.model_copy(update={"host": "127.0.0.1", "port": port, "public_url": None})
    app = Application(settings)
    install()
    config = ServerConfig(listener.detach(), Places(1000))
    config.graceful_timeout = 1
    stop = asyncio.Event()

    async def stopped() -> None:
        await stop.wait()
        await app.drain()

    task = asyncio.create_task(serve(app, config, shutdown_trigger=stopped))  # type: ignore[arg-type]
    try:
        await answers(port, task)
        yield RunningDesk(app, f"http://127.0.0.1:{port}", driver)
    finally:
        await driver.forget()
        stop.set()
        await task


async def answers(port: int, task: asyncio.Task[None]) -> None:
    """Wait until the application has started; raises what made it fail."""
    while not task.done():
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if b"200" in await asyncio.wait_for(reader.readline(), 5):
                writer.close()
                return
        except OSError:
            pass
        await asyncio.sleep(0.02)
    await task
