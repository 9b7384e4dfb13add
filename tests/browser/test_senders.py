"""Nobody passes for the desk on a page, whatever they are called."""

import json

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.browser.chat import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDTHS = (320, 1440)


async def test_a_namesake_of_an_admin_does_not_look_like_one(chat: Chat) -> None:
    """Luis cannot take Marta's name any more, but somebody may have had it before she came."""
    lines: list[WebSocketRoute] = []

    def listen(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    await chat.crowd(["falsa"])
    falsa, marta = await chat.enter("falsa"), await chat.enter("marta", "/soporte/c/ana")
    ana = await chat.enter("ana", line=listen)
    await marta.send("soy Marta")
    sent = await falsa.page.request.post(
        "/soporte/mensajes", form={"para": "ana", "mensaje": "soy del equipo"}
    )
    assert sent.ok
    team, outsider = ana.bubble("soy Marta"), ana.bubble("soy del equipo")
    await expect(team.locator(".message-from")).to_have_text("Marta Equipo de soporte")
    await expect(outsider.locator(".message-from")).to_have_text("Falsa falsa · no es del equipo")
    for text, de, said in (
        ("pronto", "marta", "Marta Equipo de soporte"),
        ("también", "falsa", "Falsa falsa · no es del equipo"),
        ("y yo", "nadie", "nadie"),  # the page knows nothing of them, and claims nothing
    ):
        message = {"de": de, "para": "ana", "mensaje": text, "id_cliente": f"{de}-0123456789abcdef"}
        event = ["mensaje_recibido", {**message, "fecha": "2026-01-01T09:00:00.000Z", "provisional": True}]
        lines[-1].send(f"42{json.dumps(event)}")
        await expect(ana.bubble(text).locator(".message-from")).to_have_text(said)
    for width in WIDTHS:
        await ana.page.set_viewport_size({"width": width, "height": 700})
        assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_registering_as_the_desk_says_why_not_and_everything_else_at_once(chat: Chat) -> None:
    chat.expected = ("422",)
    page = await chat.visit()
    await page.goto("/registro")
    for field, value in (("nombre", "Sоporte"), ("user", "ana"), ("pass", "12345678"), ("pass2", "otra")):
        await page.fill(f"#{field}", value)
    await page.click("button.btn-primary")
    await expect(page.locator(".field-error")).to_have_count(4)
    await expect(page.locator("#nombre-nota")).to_contain_text("del equipo de soporte")
    await expect(page.locator("#nombre")).to_be_focused()
    await expect(page.locator("#pass")).to_have_value("")
