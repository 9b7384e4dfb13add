"""Small screens, no script, only a keyboard, a screen reader, a slow line."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Request, expect

from tests.browser.chat import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERIOUS = ("serious", "critical")
FIRST_VISIT = 54 * 1024
PHONE = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}


async def is_wider_than_the_screen(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))


async def test_on_a_phone_list_and_conversation_are_two_screens(chat: Chat) -> None:
    ana = await chat.enter("ana", **PHONE)
    await ana.field.fill("palabra" * 60)
    await ana.page.get_by_role("button", name="Enviar").tap()
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    marta = await chat.enter("marta", **PHONE)
    await expect(marta.row("ana")).to_be_visible()
    await expect(marta.log).to_be_hidden()
    await marta.row("ana").locator("a").tap()
    await expect(marta.texts).to_be_visible()
    await expect(marta.row("ana")).to_be_hidden()
    for person in (ana, marta):
        assert not await is_wider_than_the_screen(person.page)
    await marta.page.get_by_role("link", name="Volver a la lista").tap()
    await expect(marta.row("ana")).to_be_visible()
    await expect(marta.log).to_be_hidden()
    await expect(marta.page).to_have_url(re.compile("/soporte$"))


async def test_a_phone_shows_a_deep_link_at_once(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    marta = await chat.enter("marta", "/soporte/c/ana", **PHONE)
    await expect(marta.texts).to_be_visible()
    await marta.page.go_back()


async def test_without_a_script_people_sign_in_read_write_and_mark_as_read(chat: Chat) -> None:
    page = await chat.visit(java_script_enabled=False)
    await page.goto("/soporte")
    await page.get_by_label("Usuario").fill("ana")
    await page.get_by_label("Contraseña").fill("correcta-1234")
    await page.get_by_role("button", name="Entrar").click()
    line = page.locator("noscript .connection")  # by its place: texts within <noscript> are not searched
    await expect(line).to_have_text(re.compile("Sin JavaScript la página no se actualiza sola"))
    await expect(line).to_be_visible()
    await page.get_by_label("Mensaje", exact=True).fill("hola\nsin guion")
    await page.get_by_role("button", name="Enviar").click()
    await expect(page.locator("#mensaje-1 .message-text")).to_have_text("hola\nsin guion")
    marta = await chat.enter("marta", live=False, java_script_enabled=False)
    await marta.row("ana").locator("a").click()
    await marta.field.fill("buenas")
    await marta.page.get_by_role("button", name="Enviar").click()
    await expect(marta.page.locator("#mensaje-2")).to_be_visible()
    await marta.page.locator("noscript .mark-read button").click()
    await expect(marta.texts).to_have_count(2)
    await line.locator("a").click()
    await expect(page.locator("#mensaje-2")).to_contain_text("Marta")
    await page.get_by_role("button", name="Salir").click()
    await expect(page.get_by_label("Contraseña")).to_be_visible()


async def test_without_a_script_a_refused_text_is_kept(chat: Chat) -> None:
    chat.expected = ("422",)
    ana = await chat.enter("ana", live=False, java_script_enabled=False)
    await ana.field.fill("x" * 4001)
    await ana.page.get_by_role("button", name="Enviar").click()
    await expect(ana.page.locator("#aviso")).to_contain_text("demasiado largo")
    await expect(ana.field).to_have_value("x" * 4001)


async def test_without_a_script_older_messages_are_a_page_away(chat: Chat) -> None:
    door = (await chat.enter("ana")).page.request
    for number in range(55):
        form = {"para": "admin", "mensaje": f"número {number + 1}"}
        await door.post("/soporte/mensajes", form=form, max_redirects=0)
    ana = await chat.enter("ana", live=False, java_script_enabled=False)
    await ana.page.get_by_role("link", name="Mensajes anteriores").click()
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    await ana.page.locator("noscript .connection a").click()
    await expect(ana.page.locator("#mensaje-55")).to_be_visible()


async def test_a_conversation_that_cannot_be_loaded_is_told_and_nothing_is_lost(chat: Chat) -> None:
    ana, luis = await chat.enter("ana"), await chat.enter("luis")
    await ana.send("hola")
    await luis.send("hola")
    marta = await chat.enter("marta", "/soporte/c/ana")
    await marta.field.fill("a medias")
    chat.expected = ("503", "net::ERR", "Failed to fetch")
    await marta.page.route("**/panel", lambda route: route.fulfill(status=503, body="no"))
    await marta.row("luis").locator("a").click()
    await expect(marta.page.get_by_role("alert").filter(has_text="No se ha podido cargar")).to_be_visible()
    await expect(marta.field).to_have_value("a medias")
    await expect(marta.texts).to_have_text("hola")
    await marta.page.unroute_all()
    await marta.open("luis")
    await expect(marta.page.locator("#fallo")).to_be_hidden()


async def test_with_only_a_keyboard(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    marta = await chat.enter("marta")
    keyboard = marta.page.keyboard
    await keyboard.press("Tab")
    await expect(marta.page.get_by_role("link", name="Saltar al contenido")).to_be_in_viewport()
    await keyboard.press("Enter")
    await keyboard.press("Tab")
    await expect(marta.page.get_by_label("Filtrar por nombre")).to_be_focused()
    await keyboard.press("Tab")
    await expect(marta.row("ana").locator("a")).to_be_focused()
    await keyboard.press("Enter")
    await expect(marta.field).to_be_focused()
    await keyboard.type("buenas")
    await keyboard.press("Enter")
    await expect(ana.bubble("buenas")).to_be_visible()
    await expect(marta.field).to_be_focused()
    await keyboard.press("Shift+Tab")
    await expect(marta.log).to_be_focused()


async def test_news_are_announced_and_never_take_the_focus(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    await ana.page.get_by_role("button", name="Enviar").focus()
    await marta.send("buenos días")
    await expect(ana.page.locator("#anuncios")).to_have_text("Marta Equipo de soporte: buenos días")
    await expect(ana.page.locator("#anuncios")).to_have_attribute("aria-live", "polite")
    await expect(ana.page.get_by_role("button", name="Enviar")).to_be_focused()
    luis = await chat.enter("luis")
    await luis.send("hola")
    await expect(marta.page.locator("#anuncios")).to_have_text("Mensaje nuevo de Luis")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(chat: Chat, scheme: str) -> None:
    ana = await chat.enter("ana", color_scheme=scheme)
    await ana.send("véase https://example.org")
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    await ana.send("x" * 4001)
    await expect(ana.page.get_by_role("button", name="Descartar")).to_be_visible()
    await ana.page.get_by_role("button", name="Comprobar").click()
    await expect(ana.page.get_by_text("Completa: esta página muestra")).to_be_visible()
    luis = await chat.enter("luis")
    await luis.send("hola")
    desk = await chat.enter("marta", color_scheme=scheme)
    await expect(desk.row("luis")).to_be_visible()
    open_desk = await chat.enter("marta", "/soporte/c/ana", color_scheme=scheme)
    await open_desk.send("respuesta")
    await expect(open_desk.bubble("respuesta")).to_have_attribute("data-id", "3")
    pages = [ana.page, desk.page, open_desk.page]
    chat.expected = ("404",)
    for path in ("/login", "/registro", "/nada", "/logout", "/cuenta"):
        page = (
            await chat.visit(color_scheme=scheme)
            if path not in ("/logout", "/cuenta")
            else (await chat.another_tab(luis)).page
        )
        await page.goto(path)
        pages.append(page)
    for page in pages:
        found = (await Axe().run(page)).response["violations"]
        assert [
            (page.url, item["id"], [node["html"] for node in item["nodes"]])
            for item in found
            if item["impact"] in SERIOUS
        ] == []


async def test_every_page_is_there_in_english(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.page.get_by_role("link", name="English").click()
    await expect(ana.page.get_by_role("button", name="Send")).to_be_visible()
    await expect(ana.line).to_have_text("Live")
    await ana.send("hello")
    await expect(ana.bubble("hello")).to_contain_text("You")


@pytest.mark.parametrize("usuario", ["ana", "marta"])
async def test_a_first_visit_is_light(chat: Chat, usuario: str) -> None:
    page = await chat.visit()
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))
    await page.goto("/login")
    await page.get_by_label("Usuario").fill(usuario)
    await page.get_by_label("Contraseña").fill("correcta-1234")
    await page.get_by_role("button", name="Entrar").click()
    await expect(page.locator("#conexion-texto")).to_have_text("En directo")
    hosts = {request.url.split("/")[2] for request in requests}
    sizes = [max(0, (await request.sizes())["responseBodySize"]) for request in requests]
    assert hosts == {chat.url.removeprefix("http://")}
    assert 30_000 < sum(sizes) <= FIRST_VISIT
