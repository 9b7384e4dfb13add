"""What was written is sent, whatever happens meanwhile: cut lines, closed tabs, dead servers, other people's sessions."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.browser.chat import Chat, Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = ["uno", "dos", "tres"]
OFFLINE = ("net::ERR", "WebSocket connection to", "Failed to fetch", "Failed to load resource")


async def write(person: Person, *texts: str) -> None:
    for text in texts:
        await person.send(text)
        await expect(person.bubble(text)).to_be_visible()


async def test_offline_written_closed_reopened_online_stored_once_each_in_order(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    chat.expected = OFFLINE
    context = ana.page.context
    await context.set_offline(True)
    await ana.page.evaluate("window.dispatchEvent(new Event('offline'))")
    await write(ana, *TEXTS)
    await expect(ana.field).to_have_value("")
    await expect(ana.page.locator("#conexion-nota")).to_have_text("3 mensajes en espera")
    for text in TEXTS:
        await expect(ana.state(text)).to_have_attribute("data-estado", "aqui")
    await ana.page.close()
    await context.set_offline(False)
    again = await chat.show(await chat.page(context), "/soporte", True)
    for text in TEXTS:
        await expect(again.state(text)).to_have_text(re.compile("✓"))
    await expect(again.page.locator("#conexion-nota")).to_be_empty()
    for person in (again, marta):
        await expect(person.page.locator("#mensajes [data-id]")).to_have_count(3)
        await expect(person.texts).to_have_text(TEXTS)
    assert await again.ids() == await marta.ids() == [1, 2, 3]


async def test_what_was_stored_far_above_leaves_no_bubble_behind(chat: Chat) -> None:
    """Its acknowledgement was lost with the tab, and so much came since that its row is not on the page."""
    ana, marta = await chat.enter("ana"), await chat.enter("marta")
    chat.expected = OFFLINE
    context = ana.page.context
    await context.set_offline(True)
    await ana.page.evaluate("window.dispatchEvent(new Event('offline'))")
    await write(ana, "uno")
    id_cliente = await ana.bubble("uno").get_attribute("data-id-cliente")
    await ana.page.close()
    await context.set_offline(False)

    async def post(who: Page, form: dict[str, str]) -> None:
        await who.request.post("/soporte/mensajes", form=form, max_redirects=0)

    again = await chat.page(context)
    await post(again, {"para": "admin", "mensaje": "uno", "id_cliente": str(id_cliente)})
    for number in range(60):
        await post(marta.page, {"para": "ana", "mensaje": f"m{number}"})
    person = await chat.show(again, "/soporte", True)
    await expect(person.page.locator("#conexion-nota")).to_be_empty()
    await expect(person.bubble("m59")).to_be_visible()
    await expect(person.bubble("uno")).to_have_count(0)
    await person.scroll(-100_000)  # a click would race with the link, which loads itself when it comes near
    await expect(person.page.locator("#mensajes [data-id]")).to_have_count(61)
    await expect(person.bubble("uno")).to_have_count(1)


async def test_the_server_dies_between_and_nothing_is_lost_or_doubled(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    await ana.send("uno")
    await expect(marta.bubble("uno")).to_be_visible()
    await ana.send("dos")
    await asyncio.to_thread(chat.kill)
    await write(ana, "tres", "cuatro")
    await asyncio.to_thread(chat.start)
    for person in (ana, marta):
        await expect(person.page.locator("#mensajes [data-id]")).to_have_count(4, timeout=20_000)
        await expect(person.texts).to_have_text(["uno", "dos", "tres", "cuatro"])
    assert await ana.ids() == await marta.ids() == [1, 2, 3, 4]


async def test_two_tabs_share_what_waits_and_send_it_once(chat: Chat) -> None:
    ana = await chat.enter("ana")
    other = await chat.another_tab(ana)
    chat.expected = OFFLINE
    await ana.page.context.set_offline(True)
    for tab in (ana, other):
        await tab.page.evaluate("window.dispatchEvent(new Event('offline'))")
    await write(ana, "uno")
    await expect(other.bubble("uno")).to_be_visible()
    await write(other, "dos")
    await expect(ana.bubble("dos")).to_be_visible()
    await ana.page.context.set_offline(False)
    for tab in (ana, other):
        await expect(tab.page.locator("#mensajes [data-id]")).to_have_count(2, timeout=15_000)
        await expect(tab.texts).to_have_text(["uno", "dos"])
        await expect(tab.messages).to_have_count(2)


async def test_another_person_in_this_browser_never_sends_it(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta")
    chat.expected = (*OFFLINE, "401")
    context = ana.page.context
    await context.set_offline(True)
    await ana.page.evaluate("window.dispatchEvent(new Event('offline'))")
    await write(ana, "solo de Ana")
    await chat.sign_in(ana.page, "luis")
    await context.set_offline(False)
    luis = await chat.show(await chat.page(context), "/soporte", True)
    await expect(ana.page.get_by_text("Conectado como: luis (user)")).to_be_visible()
    await luis.send("de Luis")
    await expect(marta.row("luis")).to_be_visible()
    await expect(marta.row("ana")).to_have_count(0)
    await expect(luis.texts).to_have_text(["de Luis"])
    await chat.sign_in(ana.page, "ana")
    await luis.page.goto("/soporte")
    await expect(marta.row("ana")).to_contain_text("solo de Ana", timeout=15_000)


async def test_a_page_that_has_become_another_persons_is_refused(chat: Chat) -> None:
    """An admin may read all that Ana's page asks for, so only the desk can tell: it compares."""
    ana, marta = await chat.enter("ana"), await chat.enter("marta")
    chat.expected = (*OFFLINE, "401")
    await ana.page.context.set_offline(True)
    await write(ana, "solo de Ana")
    await chat.sign_in(ana.page, "elena")
    await ana.page.context.set_offline(False)
    await expect(ana.line).to_have_text("La sesión ha terminado", timeout=15_000)
    await expect(ana.state("solo de Ana")).to_have_attribute("data-estado", "aqui")
    await expect(marta.page.locator("#lista-usuarios > [data-usuario]")).to_have_count(0)


BROKEN = {
    "IndexedDB": "delete window.indexedDB; Object.defineProperty(window, 'indexedDB', { value: null })",
    "IndexedDB and locks": """Object.defineProperty(window, 'indexedDB', { get() { throw new Error('forbidden') } });
        Object.defineProperty(navigator, 'locks', { value: undefined }); window.BroadcastChannel = undefined""",
}


@pytest.mark.parametrize("missing", BROKEN)
async def test_without_what_modern_browsers_have_it_is_kept_all_the_same(chat: Chat, missing: str) -> None:
    page = await chat.visit()
    await page.context.add_init_script(BROKEN[missing])
    await chat.sign_in(page, "ana")
    ana = await chat.show(page, "/soporte", True)
    chat.expected = OFFLINE
    await page.context.set_offline(True)
    await write(ana, *TEXTS)
    await expect(page.locator("#sin-memoria")).to_be_hidden()
    context = page.context
    await page.close()
    await context.set_offline(False)
    again = await chat.show(await chat.page(context), "/soporte", True)
    await expect(again.page.locator("#mensajes [data-id]")).to_have_count(3)
    await expect(again.texts).to_have_text(TEXTS)


async def test_a_device_that_keeps_nothing_says_so(chat: Chat) -> None:
    page = await chat.visit()
    await page.context.add_init_script(
        """Object.defineProperty(window, 'indexedDB', { value: null });
        Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden') } })"""
    )
    await chat.sign_in(page, "ana")
    ana = await chat.show(page, "/soporte", True)
    await expect(page.locator("#sin-memoria")).to_contain_text("no puede conservar mensajes")
    await ana.send("hola")
    await expect(ana.bubble("hola")).to_have_attribute("data-id", "1")


async def test_signing_out_with_unsent_messages_asks(chat: Chat) -> None:
    through = asyncio.Event()
    through.set()

    async def line(socket: WebSocketRoute) -> None:
        if through.is_set():
            socket.connect_to_server()
        else:
            await socket.close()

    ana = await chat.enter("ana", line=line)
    chat.expected = OFFLINE
    await ana.page.context.set_offline(True)
    await write(ana, "a medias")
    leave = ana.page.get_by_role("button", name="Salir", exact=True)
    await leave.focus()
    await ana.page.keyboard.press("Enter")
    dialog = ana.page.get_by_role("dialog", name="Hay 1 mensaje sin enviar.")
    await expect(dialog.get_by_role("button", name="No salir")).to_be_focused()
    await ana.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(leave).to_be_focused()
    through.clear()  # whoever is back and not blocked sends the message at once
    await ana.page.route("**/socket.io/**", lambda route: route.abort())
    await ana.page.route("**/soporte/**", lambda route: route.abort())
    await leave.click()
    await ana.page.context.set_offline(False)
    await dialog.get_by_role("button", name="Salir y conservarlos").click()
    await expect(ana.page.get_by_label("Contraseña")).to_be_visible()
    await ana.page.unroute_all()
    through.set()
    await chat.sign_in(ana.page, "ana")
    await ana.page.goto("/soporte")
    await expect(ana.bubble("a medias")).to_have_attribute("data-id", "1")


async def test_signing_out_may_take_the_unsent_messages_along(chat: Chat) -> None:
    ana = await chat.enter("ana")
    chat.expected = OFFLINE
    await ana.page.route("**/soporte/mensajes**", lambda route: route.abort())
    await ana.page.context.set_offline(True)
    await write(ana, "mejor no")
    await ana.page.get_by_role("button", name="Salir", exact=True).click()
    # Once the line is back it would sign out whom the test signs in.
    async with ana.page.expect_event("requestfailed", lambda request: request.url.endswith("/logout")):
        await ana.page.get_by_role("button", name="Salir y borrarlos").click()
    await ana.page.context.set_offline(False)
    await chat.sign_in(ana.page, "ana")
    again = await chat.show(await chat.page(ana.page.context), "/soporte", True)
    await expect(again.messages).to_have_count(0)


async def blocked(page: Page) -> None:
    """A proxy that lets no socket through, of either kind."""
    await page.route_web_socket(re.compile("/socket.io/"), lambda socket: socket.close())
    await page.route("**/socket.io/**", refuse)


async def refuse(route: Route) -> None:
    await route.fulfill(status=502, body="no")


async def test_without_a_socket_the_page_goes_on_by_asking_and_returns(chat: Chat) -> None:
    chat.expected = (*OFFLINE, "502", "WebSocket")
    page = await chat.visit()
    await blocked(page)
    await chat.sign_in(page, "ana")
    ana = await chat.show(page, "/soporte", False)
    marta = await chat.enter("marta", "/soporte/c/ana")
    await expect(ana.line).to_contain_text("Sin conexión directa", timeout=15_000)
    await ana.send("por el otro camino")
    await expect(marta.bubble("por el otro camino")).to_be_visible()
    await expect(ana.bubble("por el otro camino")).to_have_attribute("data-id", "1")
    await marta.send("llega igual")
    await expect(ana.bubble("llega igual")).to_be_visible(timeout=10_000)
    await page.unroute_all()
    await page.unroute("**/socket.io/**")
    await page.route_web_socket(re.compile("/socket.io/"), lambda socket: socket.connect_to_server())
    await expect(ana.line).to_have_text("En directo", timeout=20_000)
    await marta.send("otra vez en directo")
    await expect(ana.bubble("otra vez en directo")).to_be_visible()
    assert await ana.ids() == [1, 2, 3]
