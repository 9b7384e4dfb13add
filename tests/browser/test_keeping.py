"""Nothing typed is lost, nothing that was said is missed."""

import asyncio
import re

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.browser.chat import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_draft_survives_a_reload_and_switching(chat: Chat) -> None:
    ana, luis, marta = [await chat.enter(name) for name in ("ana", "luis", "marta")]
    await ana.send("hola")
    await luis.send("hola")
    await marta.open("ana")
    await marta.field.fill("a medio escribir")
    await marta.open("luis")
    await expect(marta.field).to_have_value("")
    await marta.open("ana")
    await expect(marta.field).to_have_value("a medio escribir")
    await marta.page.reload()
    await expect(marta.field).to_have_value("a medio escribir")


async def test_a_restart_of_the_server_is_survived_and_nothing_is_missed(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    await ana.send("antes")
    await expect(marta.bubble("antes")).to_be_visible()
    await asyncio.to_thread(chat.stop)
    await expect(ana.line).to_have_text("Reconectando…")
    await expect(ana.page.locator("#conexion-hora")).to_have_text(re.compile(r"al día a las \d\d:\d\d:\d\d"))
    await ana.send("durante")
    await expect(ana.state("durante")).to_contain_text("◷")
    await expect(ana.field).to_have_value("")
    await expect(ana.page.locator("#conexion-nota")).to_have_text("1 mensaje en espera")
    await asyncio.to_thread(chat.start)
    await expect(ana.line).to_have_text("En directo", timeout=15_000)
    await expect(ana.bubble("durante")).to_have_attribute("data-id", "2", timeout=15_000)
    await expect(ana.page.locator("#conexion-nota")).to_be_empty()
    await expect(marta.bubble("durante")).to_be_visible(timeout=15_000)
    assert await marta.ids() == await ana.ids() == [1, 2]


async def test_what_came_while_away_is_there_after_reconnecting(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    await marta.page.context.set_offline(True)
    chat.expected = ("net::ERR", "WebSocket connection to")
    await marta.page.evaluate("window.dispatchEvent(new Event('offline'))")
    await expect(marta.line).to_have_text("Sin conexión")
    for number in range(5):
        await ana.send(f"número {number}")
    luis = await chat.enter("luis")
    await luis.send("soy nuevo")
    await expect(ana.page.locator("#mensaje-5")).to_be_visible()
    await marta.page.context.set_offline(False)
    await expect(marta.line).to_have_text("En directo", timeout=15_000)
    await expect(marta.messages).to_have_count(5)
    await expect(marta.page.locator("#mensajes .away")).to_have_text("Mientras no estaba: 5 mensajes nuevos")
    await expect(marta.row("luis").locator(".unread-number")).to_have_text("1")


async def test_far_behind_the_page_starts_again_from_the_newest(chat: Chat) -> None:
    ana, luis = await chat.enter("ana"), await chat.enter("luis")
    await ana.send("la primera")
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    await ana.page.route("**/soporte/mensajes?*", lambda route: route.abort())
    chat.expected = ("net::ERR", "Failed to fetch")
    marta = await chat.enter("marta", "/soporte/c/ana")
    door = marta.page.request
    for number in range(2, 232, 10):
        batch = [{"para": "ana", "mensaje": f"m{n}"} for n in range(number, number + 10)]
        await asyncio.gather(*(door.post("/soporte/mensajes", form=form, max_redirects=0) for form in batch))
    await ana.page.unroute_all()
    await expect(ana.page.locator("#mensaje-231")).to_be_visible(timeout=15_000)
    assert await ana.ids() == list(range(182, 232))
    await expect(ana.line).to_have_text("En directo")
    await expect(luis.messages).to_have_count(0)


async def test_a_refused_message_says_why_and_is_edited_tried_again_or_given_up(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("x" * 4001)
    failed = ana.page.locator("#mensajes .message-failed")
    await expect(failed).to_contain_text("✕")
    await expect(failed).to_contain_text("No enviado")
    await expect(failed).to_contain_text("demasiado largo")
    await expect(ana.field).to_have_value("")
    await ana.send("otro")
    await expect(ana.bubble("otro")).to_have_attribute("data-id", "1")
    await failed.get_by_role("button", name="Reintentar").click()
    await expect(failed).to_contain_text("demasiado largo")
    await ana.page.reload()
    await ana.field.fill("además")
    await failed.get_by_role("button", name="Editar").click()
    await expect(ana.field).to_have_value("x" * 4001 + "\nademás")
    await expect(ana.field).to_be_focused()
    await expect(failed).to_have_count(0)
    await ana.send("y" * 4001)
    await failed.get_by_role("button", name="Descartar").click()
    await expect(failed).to_have_count(0)
    await ana.page.reload()
    await expect(ana.messages).to_have_count(1)


class Line:
    """The socket's line, which can be cut in one direction: what the server says is then lost."""

    def __init__(self) -> None:
        self.deaf = False
        self.sockets: list[WebSocketRoute] = []

    def __call__(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda said: server.send(said))
        server.on_message(lambda said: None if self.deaf else socket.send(said))
        self.sockets.append(socket)

    async def cut(self) -> None:
        self.deaf = False
        await self.sockets[-1].close()


async def test_a_message_whose_answer_got_lost_is_offered_again_and_stands_once(chat: Chat) -> None:
    line = Line()
    ana, marta = await chat.enter("ana", line=line), await chat.enter("marta", "/soporte/c/ana")
    line.deaf = True
    await ana.send("¿llegó?")
    await expect(marta.bubble("¿llegó?")).to_be_visible()
    await expect(ana.state("¿llegó?")).to_contain_text("◷")
    await line.cut()
    await expect(ana.line).to_have_text("En directo", timeout=15_000)
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    await expect(ana.messages).to_have_count(1)


async def test_what_was_on_its_way_at_a_reload_is_stored_once(chat: Chat) -> None:
    line = Line()
    ana, marta = await chat.enter("ana", line=line), await chat.enter("marta", "/soporte/c/ana")
    line.deaf = True
    await ana.send("¿llegó?")
    await expect(marta.bubble("¿llegó?")).to_be_visible()
    line.deaf = False
    await ana.page.reload()
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    await ana.send("otra")
    await expect(marta.bubble("otra")).to_be_visible()
    for person in (ana, marta):
        await expect(person.texts).to_have_text(["¿llegó?", "otra"])


async def test_an_ended_session_says_so_and_keeps_the_draft(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.field.fill("sin terminar")
    await ana.page.context.clear_cookies(name="token")
    chat.expected = ("401",)
    await ana.page.evaluate("window.dispatchEvent(new Event('offline'))")
    await ana.page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(ana.line).to_have_text("La sesión ha terminado")
    await expect(ana.page.get_by_role("link", name="Iniciar sesión")).to_have_attribute(
        "href", "/login?next=/soporte"
    )
    await expect(ana.page.locator("#conexion-nota")).to_contain_text("lo que haya escrito se conserva")
    await expect(ana.page.locator("#formulario")).to_have_attribute("inert", "")
    await expect(ana.field).to_have_value("sin terminar")


async def test_a_page_of_somebody_else_is_not_used_after_a_new_sign_in(chat: Chat) -> None:
    ana = await chat.enter("ana")
    tab = await chat.enter("luis", live=False)
    cookies = await tab.page.context.cookies()
    await ana.page.context.add_cookies([{"name": "token", "value": cookies[0]["value"], "url": chat.url}])
    await chat.another_tab(ana)
    await expect(ana.page.get_by_text("Conectado como: luis (user)")).to_be_visible()
