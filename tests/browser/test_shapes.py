"""Whatever people are called and write: no page is wider than its window, and nothing jumps."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from supportapp.desk.roles import set_role
from supportapp.store.database import Database
from tests.browser.chat import Chat
from tests.browser.test_accounts import elsewhere
from tests.clients.people import token
from tests.processes import SECRET

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDTHS = (320, 360, 768, 1440)
WORST = {
    "w" * 64: "W" * 100,
    "zalgo": "Z" + "\u0334\u0321" * 49,
    "hebrew": "\u05e9\u05dc\u05d5\u05dd " * 20,
    "arabic": "\u0627\u0644\u0639\u0631\u0628\u064a\u0629" * 14,
    "address": "https://example.org/" + "a" * 80,
    "wide": "\ufdfd" * 100,
}
TEXTS = [
    "Ñ" * 400,
    "https://example.org/" + "long/" * 60,
    "\u0645\u0631\u062d\u0628\u0627" * 40,
    "e" + "\u0301" * 300,
    "\ufdfd" * 60,
    "a\n" * 30,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 60,
    "ok",
]
OFFLINE = ("net::ERR", "WebSocket connection to", "Failed to", "503", "401", "404", "422")
WIDER = """() => {
    const wide = [...document.querySelectorAll("html, body, main, #chat, .sidebar-scroll, .conversation, .conversation-line, .message, .sheet, .top, .fine, dialog[open]")]
        .filter((box) => getComputedStyle(box).display !== "none" && box.clientWidth
            && (["top", "fine"].includes(box.className) ? false : box.scrollWidth > box.clientWidth + 1));
    const out = [...document.querySelectorAll("button, a[href], textarea, input:not([type=hidden])")]
        .filter((control) => control.checkVisibility() && !control.classList.contains("skip-link"))
        .filter((control) => { const { left, right } = control.getBoundingClientRect(); return left < -1 || right > innerWidth + 1; });
    return [...wide, ...out].map((box) => `${box.tagName}.${box.className} ${box.scrollWidth}`);
}"""


async def write(chat: Chat, page: Page, usuario: str, texts: list[str], para: str = "admin") -> None:
    cookie = {"Cookie": f"token={token(SECRET, usuario, 'admin' if usuario == 'marta' else 'user')}"}
    for text in texts:
        form = {"para": para, "mensaje": text}
        answer = await page.request.post("/soporte/mensajes", form=form, headers=cookie, max_redirects=0)
        assert answer.status == 303, await answer.text()


def enroll(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        columns = "(usuario, clave, nombre, rol, activo, creado)"
        rows = [
            (name, name, nombre, "user", 1, "2026-01-01 09:00:00.000000") for name, nombre in WORST.items()
        ]
        database.executemany(f"INSERT INTO usuarios {columns} VALUES (?, ?, ?, ?, ?, ?)", rows)


async def users_page(chat: Chat) -> AsyncIterator[tuple[str, Page]]:
    """The page of somebody with the longest name, in the order in which things happen to people."""
    name = next(iter(WORST))
    ana = await chat.enter(name)
    page = ana.page
    yield "empty", page
    await ana.send(TEXTS[0])
    await expect(page.locator("#mensaje-1")).to_be_visible()
    yield "one", page
    await ana.hide()
    for sender, para in ((name, "admin"), ("marta", name), (name, "admin")):
        await write(chat, page, sender, TEXTS, para)
    await expect(page.locator(f"#mensaje-{1 + 3 * len(TEXTS)}")).to_be_attached()
    yield "many", page
    await page.reload()
    await expect(page.locator(".since")).to_be_visible()
    yield "unread", page
    await ana.send("x" * 4001)
    await expect(page.get_by_role("button", name="Descartar")).to_be_visible()
    yield "failed", page
    await page.context.set_offline(True)
    await page.evaluate("window.dispatchEvent(new Event('offline'))")
    for text in TEXTS:
        await ana.send(text)
    await expect(page.locator("#conexion-nota")).to_have_text("8 mensajes en espera")
    yield "waiting", page
    await page.get_by_role("button", name="Salir", exact=True).click()
    yield "leaving", page
    await page.keyboard.press("Escape")
    await write(chat, (await chat.visit()), "marta", ["mientras no estaba"], name)
    await page.context.set_offline(False)
    await expect(page.locator(".away")).to_be_visible(timeout=15_000)
    yield "while away", page
    await page.context.clear_cookies(name="token")
    await page.evaluate("window.dispatchEvent(new Event('offline'))")
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(ana.line).to_have_text("La sesión ha terminado")
    yield "over", page


async def desks_page(chat: Chat) -> AsyncIterator[tuple[str, Page]]:
    stranger = await chat.visit()
    for name in WORST:
        await write(chat, stranger, name, TEXTS[:3])
    marta = await chat.enter("marta")
    page = marta.page
    await expect(page.locator("#lista-usuarios > [data-usuario]")).to_have_count(len(WORST))
    yield "list", page
    await page.get_by_label("Filtrar por nombre").fill("nadie")
    await expect(page.get_by_text("Nadie coincide")).to_be_visible()
    yield "no hits", page
    for name in WORST:
        await page.goto(f"/soporte/c/{name}")
        await expect(marta.line).to_have_text("En directo")
        yield f"open {name[:8]}", page
    await page.route("**/panel", lambda route: route.fulfill(status=503, body="no"))
    await page.set_viewport_size({"width": 1280, "height": 800})
    await marta.row("zalgo").locator("a").click()
    await expect(page.get_by_role("button", name="Reintentar")).to_be_visible()
    yield "not loaded", page


async def cards(chat: Chat) -> AsyncIterator[tuple[str, Page]]:
    page = await chat.visit()
    await page.goto("/login")
    await page.get_by_label("Usuario").fill("w" * 200)
    await page.get_by_label("Contraseña").fill("wrong")
    await page.get_by_role("button", name="Entrar").click()
    yield "sign-in", page
    await page.goto("/registro")
    for field, value in (("nombre", " "), ("user", "W" * 300), ("pass", "1"), ("pass2", "1")):
        await page.locator(f"#{field}").fill(value)
    await page.get_by_role("button", name="Crear la cuenta").click()
    await expect(page.locator(".field-error").first).to_be_visible()
    yield "registration", page
    await page.goto("/" + "w" * 300)
    yield "error", page
    await chat.sign_in(page, next(iter(WORST)))
    await page.goto("/logout")
    yield "sign-out", page


async def peoples_pages(chat: Chat) -> AsyncIterator[tuple[str, Page]]:
    """The account of somebody with the longest name, and the pages of who sees to the people."""
    longest = next(iter(WORST))
    page = await chat.visit(user_agent="W" * 500)
    await chat.sign_in(page, longest)
    await page.goto("/cuenta")
    yield "account", page
    await chat.sign_in(page, "ana")
    await page.goto("/cuenta")
    for field in ("actual", "pass", "pass2"):
        await page.locator(f"#{field}").fill("w")
    await page.get_by_role("button", name="Cambiar la contraseña").click()
    await expect(page.locator(".field-error").first).to_be_visible()
    yield "account, refused", page

    async def rename(database: Database, usuario: str) -> None:
        await database.execute(f"UPDATE usuarios SET nombre = '{WORST[longest]}' WHERE usuario = '{usuario}'")
        await set_role(database, usuario, "admin", True)

    await elsewhere(chat, rename, "marta")
    await chat.sign_in(page, "marta")
    for name in WORST:
        await page.goto(f"/administracion/p/{name}")
        await page.locator("summary", has_text="Cerrar la cuenta").click()
        form = page.locator("form[action$=cierre]")
        await form.locator("[name=motivo]").fill("W" * 200)
        await form.locator("[name=confirmar]").check()
        yield f"closing {name[:8]}", page
        await form.get_by_role("button").click()
        await expect(page.get_by_role("status").first).to_be_visible()
        yield f"closed {name[:8]}", page
    for path in ("", "/enlaces", "/prohibiciones", "/auditoria"):
        await page.goto(f"/administracion{path}")
        yield path or "people", page


@pytest.mark.parametrize(
    "walk", [users_page, desks_page, cards, peoples_pages], ids=lambda walk: walk.__name__
)
async def test_no_page_is_wider_than_its_window_and_the_header_has_one_height(
    chat: Chat, tmp_path: Path, walk: Callable[[Chat], AsyncIterator[tuple[str, Page]]]
) -> None:
    enroll(tmp_path / "soporte.db")
    chat.expected = OFFLINE
    heights = set()
    found = []
    async for state, page in walk(chat):
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 700})
            found += [(state, width, box) for box in await page.evaluate(WIDER)]
            heights.add(await page.evaluate("document.querySelector('.top').offsetHeight"))
        await page.set_viewport_size({"width": 1280, "height": 800})
    assert found == []
    assert heights == {48}


async def test_nothing_jumps_on_a_slow_line(chat: Chat) -> None:
    """Cumulative layout shift, as browsers count it: while it loads, when a message is sent, stored and answered."""
    page = await chat.visit(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
    await write(
        chat, page, "ana", ["una pregunta más larga que una línea de un teléfono, o dos", "y otra"] * 15
    )
    await page.add_init_script(
        """window.shift = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true })"""
    )
    line = await page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    await line.send("Network.emulateNetworkConditions", slow)
    await chat.sign_in(page, "ana")
    ana = await chat.show(page, "/soporte", False)
    await expect(ana.line).to_have_text("En directo", timeout=20_000)
    for text in ("dos", "tres"):
        await ana.field.fill(text)
        await page.get_by_role("button", name="Enviar").tap()
        await expect(ana.bubble(text)).to_have_attribute("data-id", "31" if text == "dos" else "32")
    await write(chat, await chat.visit(), "marta", ["una respuesta"], "ana")
    await expect(ana.bubble("una respuesta")).to_be_visible()
    await asyncio.sleep(0.2)
    shift = await page.evaluate("window.shift")
    assert shift < 0.05
