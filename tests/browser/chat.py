"""A running chat and the people in front of it: `ana = await chat.enter("ana")`, `await ana.send("hola")`."""

import asyncio
import re
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Route, expect

from tests.clients.people import token
from tests.processes import SECRET, Running

ADMINS = ("admin", "marta", "elena")
OFFLINE = ("net::ERR", "WebSocket connection to", "503", "Failed to fetch")


class Person:
    """Somebody's page, and what can be seen on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.field = page.locator("#mensaje")
        self.log = page.locator("#chat")
        self.messages = page.locator("#mensajes .message")
        self.texts = page.locator("#mensajes .message-text")
        self.line = page.locator("#conexion-texto")

    async def send(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    def bubble(self, text: str) -> Locator:
        """The message with exactly this text."""
        return self.messages.filter(has=self.page.get_by_text(text, exact=True))

    def state(self, text: str) -> Locator:
        """The state of the own message with exactly this text: ◷ ✓ ✓✓ ✕, and its words."""
        return self.bubble(text).locator(".message-state")

    def row(self, usuario: str) -> Locator:
        return self.page.locator(f'[id="user-{usuario}"]')

    async def open(self, usuario: str) -> None:
        """Switch to this conversation with the mouse."""
        await self.row(usuario).locator("a").click()
        await expect(self.page.locator("#usuarioActual")).to_have_value(usuario)

    async def scroll(self, top: int) -> None:
        """The log's offset from the newest message in pixels, 0 or less."""
        await self.log.evaluate("(chat, top) => { chat.scrollTop = top; }", top)

    async def hide(self, hidden: bool = True) -> None:
        """The tab goes to the background, or comes back."""
        await self.page.evaluate(
            """hidden => {
                Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    async def ids(self) -> list[int]:
        return await self.page.eval_on_selector_all(
            "#mensajes [data-id]", "rows => rows.map(row => Number(row.dataset.id))"
        )


class Chat:
    """The server process, and every page that was opened; `complaints` is what their consoles said."""

    def __init__(self, browser: Browser, launch: Callable[[], Running], file: Path) -> None:
        self._browser = browser
        self._launch = launch
        self.file = file
        self._server: Running
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server = self._launch().wait_until_it_answers()

    def stop(self) -> None:
        """The server ends; what browsers then say about their lost connections is expected."""
        self.expected = OFFLINE
        self._server.stop()
        self._server.log.close()

    async def crowd(self, names: Iterable[str]) -> None:
        """Accounts for these users, each of whom writes one message, one after the other."""
        with closing(sqlite3.connect(self.file)) as database, database:
            columns = "(usuario, clave, nombre, rol, activo, creado)"
            rows = [(name, name, name.title(), "user", 1, "2026-01-01 09:00:00.000000") for name in names]
            database.executemany(f"INSERT INTO usuarios {columns} VALUES (?, ?, ?, ?, ?, ?)", rows)
        page = await self.visit()
        for name in names:
            cookie = {"Cookie": f"token={token(SECRET, name)}"}
            form = {"para": "admin", "mensaje": f"soy {name}"}
            await page.request.post("/soporte/mensajes", form=form, headers=cookie, max_redirects=0)

    def kill(self) -> None:
        """The server dies at once."""
        self.expected = OFFLINE
        self._server.stop(signal.SIGKILL)
        self._server.log.close()

    async def sign_in(self, page: Page, usuario: str) -> None:
        """This browser's session becomes that of `usuario`."""
        rol = "admin" if usuario in ADMINS else "user"
        cookie = {"name": "token", "value": token(SECRET, usuario, rol), "url": self.url}
        await page.context.add_cookies([cookie])  # type: ignore[list-item]

    async def visit(self, **options: Any) -> Page:
        """A fresh browser of a stranger."""
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "es-ES", **options}
        context = await self._browser.new_context(base_url=self.url, **options)
        self._contexts.append(context)
        return await self.page(context)

    async def page(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    async def enter(self, usuario: str, path: str = "/soporte", live: bool = True, **options: Any) -> Person:
        """A signed-in person's page; with `live` it is connected and up to date."""
        line = options.pop("line", None)
        page = await self.visit(**options)
        if line:
            await page.route_web_socket(re.compile("/socket.io/"), line)
        await self.sign_in(page, usuario)
        return await self.show(page, path, live)

    async def another_tab(self, person: Person, path: str = "/soporte") -> Person:
        return await self.show(await self.page(person.page.context), path, True)

    async def show(self, page: Page, path: str, live: bool) -> Person:
        await page.goto(path)
        person = Person(page)
        if live:
            await expect(person.line).to_have_text("En directo")
        return person

    async def draw(self, page: Page, path: str) -> Callable[[], Awaitable[Person]]:
        """Show `path` without its script, which comes when what is returned is called: then the page is live."""
        drawn, go = asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            drawn.set()
            await go.wait()
            await route.continue_()

        async def become_live() -> Person:
            go.set()
            return await opening

        await page.route(re.compile(r"/soporte-\w+\.js$"), late)
        opening = asyncio.create_task(self.show(page, path, live=True))
        await drawn.wait()
        return become_live

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()
        self._server.__exit__()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(word in message.text for word in self.expected):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")
