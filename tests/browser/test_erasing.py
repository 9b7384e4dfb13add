"""Whoever is erased while pages show them: both sides show «Mensaje borrado» at once, also where nobody told the page."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from supportapp.desk.erasing import PREFIX, erase
from tests.browser.chat import OFFLINE, Chat
from tests.browser.test_accounts import elsewhere

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "Zanahoria"


async def erase_ana(chat: Chat) -> None:
    async def how(database, usuario: str) -> None:  # type: ignore[no-untyped-def]
        await erase(database, usuario)

    await elsewhere(chat, how, "ana")


async def test_both_sides_show_it_at_once(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send(f"{SECRET} mía")
    marta = await chat.enter("marta", "/soporte/c/ana")
    await marta.send(f"{SECRET} suya")
    await expect(ana.page.locator(".message-text")).to_have_count(2)
    elena = await chat.enter("elena")
    await expect(elena.row("ana")).to_contain_text(SECRET)
    chat.expected = ("401",)  # Ana's own page
    await erase_ana(chat)
    for person in (ana, marta):
        texts = person.page.locator("#mensajes .message-text")
        await expect(texts).to_have_text(["Mensaje borrado"] * 2)
        assert SECRET not in await person.page.locator("#contenido").inner_html()
    await expect(ana.line).to_have_text("La sesión ha terminado")
    await expect(marta.page.get_by_text("Esta persona se ha borrado")).to_be_visible()
    for person in (marta, elena):
        row = person.page.locator(f"[data-usuario^='{PREFIX}']")
        await expect(row).to_contain_text("Mensaje borrado")
        await expect(person.row("ana")).to_have_count(0)
        await expect(person.line).to_have_text("En directo")
    await elena.page.locator(f"[data-usuario^='{PREFIX}'] a").click()
    await expect(elena.page.locator("#mensajes .message-text")).to_have_text(["Mensaje borrado"] * 2)
    await expect(elena.page.locator("#mensajes .message-text").first).to_have_class(
        "message-text message-erased"
    )
    luis = await chat.enter("luis")
    await luis.send("¿Hola?")
    await expect(marta.row("luis")).to_be_visible()


async def test_a_page_that_was_away_shows_it_when_it_is_back(chat: Chat) -> None:
    await (await chat.enter("ana")).send(SECRET)
    marta = await chat.enter("marta", "/soporte/c/ana")
    await expect(marta.page.locator(".message-text")).to_have_text([SECRET])
    chat.expected = (*OFFLINE, "401")
    await marta.page.context.set_offline(True)
    await expect(marta.line).not_to_have_text("En directo")
    await erase_ana(chat)
    await asyncio.sleep(0.6)
    await marta.page.context.set_offline(False)
    await expect(marta.page.locator(".message-text")).to_have_text(["Mensaje borrado"], timeout=15_000)
    await expect(marta.page.locator(f"[data-usuario^='{PREFIX}']")).to_contain_text("Mensaje borrado")
    await expect(marta.line).to_have_text("En directo")


async def test_others_whose_conversation_had_their_texts_see_it_too(chat: Chat) -> None:
    """As Luis and whoever reads his conversation; what he said to the desk stays."""
    luis, marta = await chat.enter("luis"), await chat.enter("marta", "/soporte/c/luis")
    await luis.send("al equipo")
    secret = await chat.enter("ana")
    answer = await secret.page.evaluate(
        "async () => (await fetch('/soporte/mensajes', {method: 'POST', headers: {Accept: 'application/json'},"
        f" body: new URLSearchParams({{para: 'luis', mensaje: '{SECRET}'}})}})).json()"
    )
    assert answer["ok"]
    for person in (luis, marta):
        await expect(person.page.locator(".message-text")).to_have_text(["al equipo", SECRET])
    chat.expected = ("401",)
    await erase_ana(chat)
    for person in (luis, marta):
        await expect(person.page.locator(".message-text")).to_have_text(["al equipo", "Mensaje borrado"])
        assert "ana" not in await person.page.locator("#mensajes li[data-de^='borrado-']").inner_html()
        await expect(person.line).to_have_text("En directo")


async def test_one_downloads_what_is_kept_of_oneself_and_reads_it_offline(chat: Chat, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=\"document.title='took'\"><script>document.title='took'</script>"
    ana = await chat.enter("ana", viewport={"width": 320, "height": 640})
    await ana.send(hostile)
    await ana.page.goto(f"{chat.url}/cuenta")
    async with ana.page.expect_download() as started:
        await ana.page.get_by_role("link", name="Descargar como página").click()
    download = await started.value
    file = tmp_path / download.suggested_filename
    await download.save_as(file)
    page = await ana.page.context.new_page()
    await page.context.set_offline(True)
    await page.goto(file.as_uri())
    await expect(page.get_by_text(hostile)).to_be_visible()
    assert await page.title() == "Sus datos en el soporte"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.locator("h1").evaluate("element => getComputedStyle(element).fontSize") == "22px"
    await page.context.set_offline(False)
