"""People at the HTTP door: `ana = visit(web, "ana")`, `await ana.page("/soporte")`."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from quart import Response

from supportapp.desk.desk import Desk
from supportapp.web.current import Web
from tests.clients.people import token

PASSWORD = "correcta-1234"
ADMINS = {"admin", "marta", "elena"}
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


@dataclass
class Answer:
    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def location(self) -> str:
        return str(self.headers["Location"])


class Visitor:
    """Somebody with a cookie jar of their own."""

    def __init__(self, web: Web, usuario: str | None = None, **claims: Any) -> None:
        self.web = web
        self.usuario = usuario
        self._client = web.test_client()
        if usuario is not None:
            secret = web.desk.settings.jwt_secret.get_secret_value()
            rol = "admin" if usuario in ADMINS else "user"
            self.set_cookie("token", token(secret, usuario, **{"rol": rol, **claims}))

    def set_cookie(self, name: str, value: str) -> None:
        self._client.set_cookie("localhost", name, value)

    def cookie(self, name: str) -> str | None:
        jar = self._client.cookie_jar
        return next((cookie.value for cookie in jar or () if cookie.name == name), None)

    async def page(self, path: str, method: str = "GET", **options: Any) -> Answer:
        """As a browser asks for a page or sends a plain form."""
        return await self.ask(path, method, headers={"Accept": HTML, **options.pop("headers", {})}, **options)

    async def fragment(self, path: str, method: str = "GET", **options: Any) -> Answer:
        """As HTMX asks."""
        sent = {"Accept": "text/html", "HX-Request": "true", "HX-Current-URL": "http://localhost/soporte"}
        return await self.ask(path, method, headers=sent | options.pop("headers", {}), **options)

    async def ask(self, path: str, method: str = "GET", **options: Any) -> Answer:
        """As a program asks."""
        response: Response = await self._client.open(path, method=method, **options)
        return Answer(response.status_code, response.headers, await response.get_data(as_text=True))


def visit(web: Web, usuario: str | None = None, **claims: Any) -> Visitor:
    """A visitor with a session of `usuario`, or a stranger."""
    return Visitor(web, usuario, **claims)


async def write(desk: Desk, de: str, para: str, *texts: str) -> list[int]:
    """Messages that are already there when somebody comes; returns their ids."""
    sender = (await desk.identity.session(token(desk.settings.jwt_secret.get_secret_value(), de))).viewer
    queued = [desk.submit(sender, {"para": para, "mensaje": text}) for text in texts]
    return [saved.id for saved in await asyncio.gather(*queued)]
