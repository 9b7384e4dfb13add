"""Scrolling: older pages above, new messages below, and the view stays where it is."""

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat, Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOP_OF = "id => document.getElementById(id).getBoundingClientRect().top"


async def tell(person: Person, count: int) -> None:
    """`count` numbered messages from Ana, by the door for plain forms."""
    for number in range(1, count + 1):
        await person.page.request.post(
            "/soporte/mensajes", form={"para": "admin", "mensaje": f"número {number}"}, max_redirects=0
        )


async def test_the_newest_is_shown_first_even_without_a_script(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await tell(ana, 60)
    plain = await chat.enter("ana", live=False, java_script_enabled=False)
    await expect(plain.page.locator("#mensaje-60")).to_be_in_viewport()
    await expect(plain.messages).to_have_count(50)


async def test_older_messages_come_on_scrolling_up_without_a_jump(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await tell(ana, 130)
    await ana.page.reload()
    await expect(ana.messages).to_have_count(50)
    await expect(ana.page.locator("#mensaje-130")).to_be_in_viewport()
    await ana.scroll(-900)
    await expect(ana.messages).to_have_count(50)
    answers = ana.page.expect_response("**/soporte/mensajes?*antes=81*")
    async with answers:
        await ana.scroll(-100_000)
        before = await ana.page.evaluate(TOP_OF, "mensaje-81")
    await expect(ana.page.locator("#mensaje-31")).to_be_attached()
    assert abs(await ana.page.evaluate(TOP_OF, "mensaje-81") - before) <= 40  # a day's separator may go
    await ana.scroll(-100_000)
    await expect(ana.page.locator("#mensaje-1")).to_be_attached()
    assert await ana.ids() == list(range(1, 131))
    await expect(ana.page.locator("#mensajes .older")).to_have_count(0)
    await expect(ana.page.locator("#mensajes .day")).to_have_count(1)


async def test_a_new_message_does_not_pull_one_down(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await tell(ana, 60)
    await ana.page.reload()
    marta = await chat.enter("marta", "/soporte/c/ana")
    await ana.scroll(-600)
    before = await ana.page.evaluate(TOP_OF, "mensaje-40")
    await marta.send("uno")
    await expect(ana.page.get_by_role("button", name="1 mensaje nuevo")).to_be_visible()
    await marta.send("dos")
    button = ana.page.get_by_role("button", name="2 mensajes nuevos")
    await expect(button).to_be_visible()
    assert abs(await ana.page.evaluate(TOP_OF, "mensaje-40") - before) <= 1
    await button.click()
    await expect(ana.bubble("dos")).to_be_in_viewport()
    await expect(button).to_be_hidden()


async def test_own_messages_and_news_at_the_end_are_shown(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await tell(ana, 60)
    await ana.page.reload()
    await ana.scroll(-600)
    await ana.send("mía")
    await expect(ana.bubble("mía")).to_be_in_viewport()
    marta = await chat.enter("marta", "/soporte/c/ana")
    await marta.send("respuesta")
    await expect(ana.bubble("respuesta")).to_be_in_viewport()


async def test_times_are_those_of_the_browser(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    shown = {}
    for zone in ("America/Bogota", "Asia/Kolkata"):
        other = await chat.enter("ana", timezone_id=zone)
        shown[zone] = await other.page.locator("#mensaje-1 time").inner_text()
    assert shown["America/Bogota"] != shown["Asia/Kolkata"]
    assert int(shown["America/Bogota"][-2:]) != int(shown["Asia/Kolkata"][-2:])  # half an hour apart, too
