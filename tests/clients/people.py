"""People at real sockets: `ana = await desk.enter("ana")`, `await ana.send("marta", "hola")`."""

import asyncio
import itertools
import time
from typing import Any

import jwt

from tests.clients.driver import Driver

QUIET = 0.3
"""Seconds without news after which nothing more is expected."""


def token(secret: str, usuario: str, rol: str = "user", **claims: Any) -> str:
    """A token as a site with its own accounts makes it: three claims and `exp`."""
    payload = {"user": usuario, "name": usuario.title(), "rol": rol, "exp": int(time.time()) + 3600, **claims}
    return jwt.encode({key: value for key, value in payload.items() if value is not None}, secret, "HS256")


class Person:
    """One socket of somebody; `events` is everything it heard, as (event, arguments)."""

    numbers = itertools.count(1)

    def __init__(self, driver: Driver, usuario: str) -> None:
        self.driver = driver
        self.usuario = usuario
        self.socket = f"{usuario}-{next(self.numbers)}"
        self.events: list[tuple[str, list[Any]]] = []
        self._news = asyncio.Event()
        driver.listen(self.socket, self._hear)

    def _hear(self, event: str, args: list[Any]) -> None:
        self.events.append((event, args))
        self._news.set()

    async def send(self, para: str, mensaje: Any, **more: Any) -> Any:
        """Send and return the acknowledgement."""
        return await self.ask("mensaje_privado", {"para": para, "mensaje": mensaje, **more})

    async def ask(self, *args: Any, timeout: int = 8000) -> Any:
        return await self.driver.do("ask", socket=self.socket, args=list(args), timeout=timeout)

    async def emit(self, *args: Any) -> None:
        await self.driver.do("emit", socket=self.socket, args=list(args))

    async def leave(self) -> None:
        await self.driver.do("close", socket=self.socket)

    def all(self, event: str) -> list[Any]:
        """The first argument of every `event` heard so far."""
        return [args[0] if args else None for name, args in self.events if name == event]

    def texts(self, event: str = "mensaje_recibido") -> list[str]:
        """The texts of `event` heard so far."""
        return [payload["mensaje"] for payload in self.all(event)]

    async def wait_for(self, event: str, count: int = 1, timeout: float = 5.0) -> list[Any]:
        """The arguments of `event`, once it was heard `count` times; AssertionError after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while len(self.all(event)) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.usuario} heard only {self.events}") from None
        return self.all(event)

    async def heard(self, event: str = "mensaje_recibido") -> list[str]:
        """The texts of `event`, when nothing new has come for a while."""
        while True:
            self._news.clear()
            try:
                async with asyncio.timeout(QUIET):
                    await self._news.wait()
            except TimeoutError:
                return self.texts(event)


async def silence(*people: Person) -> None:
    """Return when none of them has heard anything new for a while."""
    await asyncio.gather(*(person.heard() for person in people))
