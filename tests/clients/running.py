"""The whole application on a real port of this process, and people who enter it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from supportapp.asgi import Application
from supportapp.config import Settings
from supportapp.places import Places
from supportapp.server import Application as Served
from supportapp.server import Runner
from supportapp.tcp import ServerConfig, install
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
    async with serving(app, listener):
        try:
            yield RunningDesk(app, f"http://127.0.0.1:{port}", driver)
        finally:
            await driver.forget()
            await app.drain(0)  # what a test opened by hand would not answer the goodbye


@asynccontextmanager
async def serving(application: Served, listener: socket.socket) -> AsyncIterator[None]:
    """Serve on `listener` as the program does, but for signals, until the end of the block."""
    install()
    ready = asyncio.Event()
    runner = Runner(application, listener, ServerConfig(Places(1000)), ready.set, None)
    living = asyncio.create_task(runner.live())
    started = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait([living, started], return_when=asyncio.FIRST_COMPLETED)
        if not living.done():
            yield
    finally:
        started.cancel()
        runner.stopping.set()
        await living
