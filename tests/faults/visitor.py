"""A person at the real page in Chromium, who types, closes the tab and comes back; the history is what they saw."""

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from tests.clients.people import token
from tests.faults.workload import Typist

EVERY = 0.7
"""Seconds between two messages: a person, not a load."""
PATIENCE = 20.0
WATCH = """
addEventListener("DOMContentLoaded", () => {
    window.lastNews = Date.now();
    const changed = () => { window.lastNews = Date.now(); };
    new MutationObserver(changed).observe(document.getElementById("mensajes"), { childList: true, subtree: true });
});
"""
STATUS = """() => {
    const waiting = [...document.querySelectorAll("#mensajes .message-pending")];
    const open = waiting.filter(row => !row.querySelector("[data-estado=fallido]")).length;
    const state = document.getElementById("conexion").dataset.estado;
    return { state, open, quiet: state === "vivo" && !open, idle: Date.now() - window.lastNews };
}"""
ROWS = """rows => rows.map(row => [
    Number(row.dataset.id), row.dataset.de, row.dataset.para, row.querySelector(".message-text").textContent,
])"""


class Visitor:
    """One page of the browser, told what to do as a `Group` of Node pages is; what waits is kept as Chromium keeps it."""

    def __init__(self, browser: Browser, folder: Path, typist: Typist, url: str, secret: str) -> None:
        self.typists = (typist,)
        self._browser = browser
        self._typist = typist
        self._file = folder / f"{typist.client.name}.jsonl"
        self._cookie = {"name": "token", "value": token(secret, typist.client.usuario, iat=time.time() + 1)}
        self._url = url
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self._hand: asyncio.Task[None] | None = None
        self._typed = 0
        self._there = False
        self.typing = False

    async def start(self) -> None:
        """Open the page, again and again while nobody answers."""
        if self._context is None:
            self._context = await self._browser.new_context(base_url=self._url, locale="es-ES")
            await self._context.add_init_script(WATCH)
            await self._context.add_cookies([{**self._cookie, "url": self._url}])  # type: ignore[list-item]
        self._page = await self._context.new_page()
        await self._load()
        self._there = True
        self._hand = asyncio.create_task(self._type())

    async def type(self, on: bool) -> None:
        self.typing = on

    async def do(self, action: str) -> Any:
        """`status` as Node pages tell it, or have the whole `view` written down."""
        assert self._page
        if action == "status":
            try:
                status = await self._page.evaluate(STATUS)
            except PlaywrightError as error:  # it is loading itself anew
                status = {"quiet": False, "idle": 0, "state": str(error)}
            return [{"name": self._typist.client.name, **status}]
        older = self._page.locator("#mensajes .older a")
        while await older.count():  # it also goes by itself, once it can be seen
            with contextlib.suppress(PlaywrightError):
                await older.first.click(timeout=1000)
        for entry in await self._page.locator("#mensajes [data-estado=fallido]").all():
            id_cliente = await entry.evaluate("state => state.closest('li').dataset.idCliente")
            self._say("failed", id_cliente=id_cliente)
        self._say("view", rows=await self._page.locator("#mensajes [data-id]").evaluate_all(ROWS))
        return None

    async def kill(self) -> None:
        """The tab is closed, between two messages: what was typed has to be in the history."""
        self._there = False
        if self._hand:
            await self._hand
            self._hand = None
        if self._page:
            await self._page.close()
            self._page = None

    async def leave(self) -> None:
        """Close the page and forget all it kept."""
        await self.kill()
        if self._context:
            await self._context.close()

    async def _type(self) -> None:
        assert self._page
        field = self._page.locator("#mensaje")
        while self._there:
            await asyncio.sleep(EVERY)
            if not (self.typing and self._there):
                continue
            self._typed += 1
            text = f"{self._typist.client.name} {self._typed}"
            try:
                await field.fill(text, timeout=15_000)
            except PlaywrightError:  # nobody answered when the page loaded itself anew
                await self._load()
                await field.fill(text)
            await field.press("Enter")
            id_cliente = await self._id_of(text)
            self._say("typed", id_cliente=id_cliente, para="admin", mensaje=text)

    async def _load(self) -> None:
        assert self._page
        while True:
            with contextlib.suppress(PlaywrightError):
                answer = await self._page.goto("/soporte")
                if answer and answer.ok:
                    return
            await asyncio.sleep(0.3)

    async def _id_of(self, text: str) -> str | None:
        """The `id_cliente` of the message on the screen; a page that loads itself anew under the hand keeps the draft."""
        assert self._page
        bubble = self._page.locator("#mensajes .message").filter(has=self._page.get_by_text(text, exact=True))
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(PlaywrightError):
                return await bubble.first.get_attribute("data-id-cliente", timeout=5000)
            if await self._page.locator("#mensaje").input_value() == text:
                await self._page.locator("#mensaje").press("Enter")
            assert time.monotonic() < until, f"{text!r} left the field and is not on the screen"

    def _say(self, what: str, **fields: Any) -> None:
        line = {"at": time.time() * 1000, "client": self._typist.client.name, "what": what, **fields}
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")
