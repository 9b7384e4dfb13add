"""An admin with several conversations."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNREAD = re.compile("(?=.*text-danger)(?=.*fw-bold)")
CURRENT = re.compile("(?=.*bg-light)(?=.*text-success)(?=.*fw-bold)")


async def test_unread_marks_rise_fall_and_survive_a_reload(chat: Chat) -> None:
    ana, luis, marta = [await chat.enter(name) for name in ("ana", "luis", "marta")]
    await ana.send("una")
    await ana.send("dos")
    await luis.send("hola")
    await expect(marta.row("ana").locator(".unread-number")).to_have_text("2")
    await expect(marta.row("ana")).to_have_class(UNREAD)
    await expect(marta.row("ana")).to_have_attribute("data-nuevo", "true")
    await marta.open("ana")
    await expect(marta.row("ana")).to_have_class(CURRENT)
    await expect(marta.row("ana")).to_have_attribute("data-nuevo", "false")
    await expect(marta.row("ana").locator(".unread")).to_be_hidden()
    await marta.page.reload()
    await expect(marta.row("luis").locator(".unread-number")).to_have_text("1")
    await expect(marta.row("ana").locator(".unread")).to_be_hidden()
    await marta.open("luis")
    await expect(marta.row("ana")).not_to_have_class(re.compile("bg-light|text-danger|fw-bold"))


async def test_switching_keeps_the_page_changes_the_address_and_goes_back(chat: Chat) -> None:
    ana, luis, marta = [await chat.enter(name) for name in ("ana", "luis", "marta")]
    await ana.send("de Ana")
    await luis.send("de Luis")
    await expect(marta.row("luis")).to_be_visible()
    await marta.page.evaluate("window.same = true")
    await marta.open("ana")
    await expect(marta.page).to_have_url(re.compile("/soporte/c/ana$"))
    await expect(marta.page).to_have_title("Ana · Soporte")
    await expect(marta.field).to_be_focused()
    await marta.open("luis")
    await expect(marta.texts).to_have_text("de Luis")
    await marta.page.go_back()
    await expect(marta.texts).to_have_text("de Ana")
    await expect(marta.row("ana")).to_have_class(CURRENT)
    await marta.page.go_back()
    await expect(marta.page.get_by_text("Elija una conversación")).to_be_visible()
    await marta.page.go_forward()
    await expect(marta.texts).to_have_text("de Ana")
    assert await marta.page.evaluate("window.same") is True


async def test_a_message_elsewhere_moves_its_row_up_and_a_new_person_appears(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta")
    await ana.send("primera")
    await marta.open("ana")
    await marta.page.mouse.move(900, 400)
    luis = await chat.enter("luis")
    await luis.send("nuevo aquí")
    rows = marta.page.locator("#lista-usuarios > li")
    await expect(rows.first).to_have_id("user-luis")
    await expect(marta.row("luis").locator(".unread-number")).to_have_text("1")
    await expect(marta.row("luis")).to_contain_text("espera 1 min")
    await expect(marta.field).to_be_focused()
    await ana.send("otra vez")
    await expect(rows.first).to_have_id("user-ana")
    await expect(marta.row("luis").locator(".unread-number")).to_have_text("1")


async def test_the_row_under_the_pointer_stays_there_until_it_is_left(chat: Chat) -> None:
    ana, luis, marta = [await chat.enter(name) for name in ("ana", "luis", "marta")]
    await ana.send("uno")
    await luis.send("dos")
    rows = marta.page.locator("#lista-usuarios > li")
    await expect(rows.first).to_have_id("user-luis")
    await marta.row("luis").hover()
    await ana.send("tres")
    await expect(marta.row("ana").locator(".unread-number")).to_have_text("2")
    await expect(rows.first).to_have_id("user-luis")
    await marta.page.mouse.move(900, 400)
    await expect(rows.first).to_have_id("user-ana")


async def test_the_row_with_the_focus_keeps_it(chat: Chat) -> None:
    ana, luis, marta = [await chat.enter(name) for name in ("ana", "luis", "marta")]
    await ana.send("uno")
    await luis.send("dos")
    link = marta.row("ana").locator("a")
    await expect(marta.row("luis")).to_be_visible()
    await link.focus()
    await ana.send("tres")
    await luis.send("cuatro")
    await expect(marta.row("ana").locator(".unread-number")).to_have_text("2")
    await expect(marta.row("luis").locator(".unread-number")).to_have_text("2")
    await expect(link).to_be_focused()
    await expect(marta.page.locator("#lista-usuarios > li").nth(1)).to_have_id("user-ana")


async def test_only_what_is_displayed_counts_as_read_and_all_devices_agree(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte")
    await ana.send("hola")
    await marta.open("ana")
    other = await chat.enter("marta")
    await expect(other.row("ana").locator(".unread")).to_be_hidden()
    await marta.hide()
    await ana.send("¿sigue ahí?")
    await expect(marta.bubble("¿sigue ahí?")).to_be_attached()
    await expect(marta.row("ana").locator(".unread-number")).to_have_text("1")
    await expect(other.row("ana").locator(".unread-number")).to_have_text("1")
    await marta.hide(False)
    await expect(marta.row("ana").locator(".unread")).to_be_hidden()
    await expect(other.row("ana").locator(".unread")).to_be_hidden()


async def test_another_admin_sees_the_answer_and_the_waiting_ends(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    marta, elena = await chat.enter("marta", "/soporte/c/ana"), await chat.enter("elena", "/soporte/c/ana")
    await expect(elena.row("ana")).to_contain_text("espera")
    await marta.send("buenas")
    await expect(elena.bubble("buenas")).to_contain_text("Marta")
    await expect(elena.row("ana")).not_to_contain_text("espera")
    await expect(marta.row("ana").locator(".conversation-preview")).to_have_text("Tú: buenas")
    await expect(elena.row("ana").locator(".conversation-preview")).to_have_text("Marta: buenas")


async def test_the_list_can_be_filtered(chat: Chat) -> None:
    ana, luis, marta = [await chat.enter(name) for name in ("ana", "luis", "marta")]
    await ana.send("hola")
    await luis.send("hola")
    await expect(marta.row("luis")).to_be_visible()
    await marta.page.get_by_label("Filtrar por nombre").fill("lu")
    await expect(marta.row("ana")).to_have_count(0)
    await expect(marta.row("luis")).to_be_visible()
    await ana.send("otra")
    await luis.send("otra")
    await expect(marta.row("luis").locator(".unread-number")).to_have_text("2")
    await expect(marta.row("ana")).to_have_count(0)
    await marta.page.get_by_label("Filtrar por nombre").fill("nadie")
    await expect(marta.page.get_by_text("Nadie coincide")).to_be_visible()
    await marta.page.get_by_label("Filtrar por nombre").fill("")
    await expect(marta.row("ana").locator(".unread-number")).to_have_text("2")


async def test_the_list_goes_on_while_scrolling_and_everybody_stands_in_it_once(chat: Chat) -> None:
    names = [f"vecino{number:02}" for number in range(120)]
    await chat.crowd(names)
    marta = await chat.enter("marta")
    rows = marta.page.locator("#lista-usuarios > [data-usuario]")
    await expect(rows).to_have_count(50)
    await expect(rows.first).to_have_id("user-vecino119")
    for shown in (100, 120):
        await rows.last.scroll_into_view_if_needed()
        await expect(rows).to_have_count(shown)
    await expect(rows.last).to_have_id("user-vecino00")
    oldest = await chat.enter("vecino00")
    await oldest.send("¿hola?")
    await expect(rows.first).to_have_id("user-vecino00")
    await marta.page.evaluate("window.dispatchEvent(new Event('offline'))")
    await marta.page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(marta.line).to_have_text("En directo")
    await expect(rows).to_have_count(120)
    ids = await rows.evaluate_all("rows => rows.map(row => row.id)")
    assert ids == ["user-vecino00", *(f"user-{name}" for name in reversed(names[1:]))]
