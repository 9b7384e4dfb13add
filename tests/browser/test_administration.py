"""The administration and the links it makes, in a real browser: live, by keyboard, without a script, on a small screen."""

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from supportapp.desk.access import deactivate
from supportapp.desk.bans import ban_network
from supportapp.desk.links import invite
from supportapp.desk.moment import utc_now
from supportapp.desk.networks import network_of
from supportapp.desk.roles import set_role
from supportapp.store.database import Database
from tests.browser.chat import Chat
from tests.browser.test_accounts import elsewhere
from tests.browser.test_everybody import PHONE, SERIOUS, is_wider_than_the_screen

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "/administracion",
    "/administracion/p/ana",
    "/administracion/enlaces",
    "/administracion/prohibiciones",
    "/administracion/auditoria",
)
NEW = "caballo verde lunes"


async def manager(chat: Chat, path: str = "/administracion", **options: Any) -> Page:
    """Marta's page, who may see to the people."""

    async def promote(database: Database, usuario: str) -> None:
        await set_role(database, usuario, "admin", True)

    await elsewhere(chat, promote, "marta")
    page = await chat.visit(**options)
    await chat.sign_in(page, "marta")
    await page.goto(path)
    return page


async def test_what_changes_elsewhere_shows_by_itself(chat: Chat) -> None:
    page = await manager(chat)
    row = page.locator(".manage-list li", has_text="Luis")
    await expect(row).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await elsewhere(chat, deactivate, "luis")
    await expect(row.get_by_text("cerrada")).to_be_visible()


async def test_the_list_is_filtered_as_one_types_and_kept_in_the_address(chat: Chat) -> None:
    page = await manager(chat)
    await page.get_by_label("Nombre o usuario").fill("EXTRAÑO")
    await expect(page.locator(".manage-list li")).to_have_count(1)
    await expect(page).to_have_url(re.compile("buscar=EXTRA"))
    await page.reload()
    await expect(page.locator(".manage-list li")).to_have_count(1)


async def test_somebody_is_closed_out_by_keyboard_alone(chat: Chat) -> None:
    ana = await chat.enter("ana")
    page = await manager(chat)
    await page.get_by_role("link", name="Ana", exact=False).first.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    await page.locator("summary", has_text="Cerrar la cuenta").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("se fue")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    chat.expected = ("401",)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("La cuenta está cerrada")
    await expect(page.locator("#ultimo")).to_contain_text("se fue")
    await expect(ana.line).not_to_have_text("En directo")


async def test_without_a_script_everything_works(chat: Chat) -> None:
    page = await manager(chat, java_script_enabled=False)
    await page.get_by_label("Nombre o usuario").fill("ana")
    await page.get_by_role("button", name="Buscar").click()
    await page.get_by_role("link", name="Ana").click()
    await page.locator("summary", has_text="Enlace para una contraseña nueva").click()
    await page.get_by_label("Motivo").locator("visible=true").fill("la olvidó")
    await page.get_by_role("button", name="Crear el enlace").click()
    link = await page.get_by_label("Enlace", exact=True).input_value()
    await use(await chat.visit(java_script_enabled=False), link)


async def test_a_link_works_in_a_browser_and_tells_nobody_where_it_is(chat: Chat) -> None:
    """Chromium sends `Origin: null` from a page that tells nobody its address."""
    page = await manager(chat, "/administracion/p/ana")
    await page.locator("summary", has_text="Enlace para una contraseña nueva").click()
    await page.get_by_label("Motivo").locator("visible=true").fill("la olvidó")
    await page.get_by_role("button", name="Crear el enlace").click()
    link = await page.get_by_label("Enlace", exact=True).input_value()
    anas = await chat.visit()
    referrers: list[str] = []
    anas.on("request", lambda request: referrers.append(request.headers.get("referer", "")))
    await use(anas, link)
    assert [one for one in referrers if link[-43:] in one] == []
    await anas.get_by_label("Usuario").fill("ana")
    await anas.get_by_label("Contraseña").fill(NEW)
    await anas.get_by_role("button", name="Entrar").click()
    await expect(anas.locator("#conexion-texto")).to_have_text("En directo")


async def use(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_label("Contraseña nueva", exact=True).fill(NEW)
    await page.get_by_label("Repita la contraseña nueva").fill(NEW)
    await page.get_by_role("button", name="Guardar la contraseña").click()
    await expect(page.get_by_text("La contraseña se ha guardado")).to_be_visible()


@pytest.mark.parametrize("lang", ["es-ES", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it(chat: Chat, lang: str, scheme: str) -> None:
    async def fill(database: Database, usuario: str) -> None:
        await ban_network(database, network_of("192.0.2.0/24"), utc_now().replace(year=2099))
        await invite(database, "admin")

    page = await manager(chat, **{"locale": lang, "color_scheme": scheme, **PHONE})
    await elsewhere(chat, fill, "")
    for path in PAGES:
        await page.goto(path)
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert not await is_wider_than_the_screen(page), path
        found = await Axe().run(page)
        serious = [one for one in found.response["violations"] if one["impact"] in SERIOUS]
        assert not serious, (path, [(one["id"], one["nodes"][0]["html"]) for one in serious])
