"""Two people in two browsers."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_ana_and_marta_talk_both_ways(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta")
    await ana.send("Hola, ¿hay alguien?")
    await marta.open("ana")
    await expect(marta.bubble("Hola, ¿hay alguien?")).to_contain_text("Ana")
    await marta.send("Sí, dígame.")
    await expect(ana.bubble("Sí, dígame.")).to_contain_text("Marta")
    await ana.send("Gracias")
    await expect(marta.bubble("Gracias")).to_be_visible()
    assert await ana.texts.all_inner_texts() == ["Hola, ¿hay alguien?", "Sí, dígame.", "Gracias"]
    assert await marta.texts.all_inner_texts() == await ana.texts.all_inner_texts()


async def test_the_page_says_who_and_where_one_is(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await expect(ana.page.get_by_role("heading", name="Soporte", exact=True)).to_be_visible()
    await expect(ana.page.get_by_text("Conectado como: ana (user)")).to_be_visible()
    await expect(ana.page.get_by_placeholder("Mensaje...")).to_be_visible()
    await expect(ana.page.get_by_role("button", name="Enviar")).to_be_visible()


async def test_an_own_message_is_signed_dated_and_saved(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    bubble = ana.bubble("hola")
    await expect(bubble).to_have_attribute("data-id", "1")
    await expect(bubble).to_contain_text("Tú")
    await expect(ana.state("hola")).to_contain_text("Guardado")
    await expect(bubble.locator("time")).to_have_text(re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d"))
    await expect(ana.page.locator("#mensajes .day")).to_have_text("Hoy")


async def test_a_bubble_is_there_before_the_desk_has_answered(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.page.route("**/soporte/mensajes?*", lambda route: None)  # its row never comes
    await ana.send("hola")
    await expect(ana.bubble("hola")).to_contain_text("Guardado")
    await expect(ana.bubble("hola")).not_to_have_attribute("data-id", "1")
    await expect(ana.field).to_have_value("")


async def test_two_tabs_show_everything_once(chat: Chat) -> None:
    ana = await chat.enter("ana")
    other = await chat.another_tab(ana)
    for number in range(8):
        await (ana, other)[number % 2].send(f"número {number}")
    for tab in (ana, other):
        await expect(tab.messages).to_have_count(8)
        await expect(tab.page.locator("#mensajes [data-id]")).to_have_count(8)
        assert await tab.ids() == list(range(1, 9))


async def test_empty_text_is_not_sent_and_shift_enter_breaks_the_line(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("   \n ")
    await ana.field.fill("uno")
    await ana.field.press("Shift+Enter")
    await ana.field.press_sequentially("dos")
    one_row = 60
    box = await ana.field.bounding_box()
    assert box is not None
    assert box["height"] > one_row  # it has grown
    await ana.field.press("Enter")
    await expect(ana.messages).to_have_count(1)
    await expect(ana.texts).to_have_text("uno\ndos")


async def test_what_people_type_is_text(chat: Chat) -> None:
    attack = '<img src=x onerror="document.title=1"><script>document.title=2</script> & <b>fuerte</b>'
    ana, marta = await chat.enter("ana"), await chat.enter("marta")
    await ana.send(attack)
    await expect(marta.row("ana").locator(".conversation-preview")).to_contain_text("<img src=x")
    await marta.open("ana")
    for person in (ana, marta):
        await expect(person.texts).to_have_text(attack)
        await expect(person.page.locator("#mensajes img, #mensajes script, #mensajes b")).to_have_count(0)
    await ana.page.reload()
    await expect(ana.texts).to_have_text(attack)
    assert await ana.page.title() == "Soporte"


async def test_links_emoji_and_right_to_left_text_arrive_unchanged(chat: Chat) -> None:
    text = "مرحبا 👩‍👩‍👧‍👦 véase https://example.org/a?b=1&c=2."
    ana = await chat.enter("ana")
    await ana.send(text)
    await expect(ana.page.locator("#mensaje-1")).to_be_visible()
    await expect(ana.texts).to_have_text(text)
    link = ana.texts.locator("a")
    await expect(link).to_have_attribute("href", "https://example.org/a?b=1&c=2")
    await expect(link).to_have_attribute("rel", "noopener nofollow ugc")


async def test_a_message_from_another_user_names_them(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta")
    await ana.page.evaluate("document.getElementById('usuarioActual').value = 'luis'")
    await ana.send("para Luis")
    await expect(ana.bubble("para Luis")).to_contain_text("Tú → luis")
    luis = await chat.enter("luis")
    await expect(luis.bubble("para Luis")).to_contain_text("Ana")
    await marta.open("ana")
    await expect(marta.bubble("para Luis")).to_contain_text("Ana → luis")


async def test_the_title_counts_while_nobody_looks(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    await ana.hide()
    await marta.send("uno")
    await marta.send("dos")
    await expect(ana.page).to_have_title("(2) Soporte")
    await ana.hide(False)
    await expect(ana.page).to_have_title("Soporte")
