"""What the page makes of texts that show nothing, of pasted rubbish, and of a clock that is wrong."""

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHIFTED = """(ms => {
    const Real = Date;
    globalThis.Date = class extends Real {
        constructor(...args) { if (args.length) super(...args); else super(Real.now() + ms); }
        static now() { return Real.now() + ms; }
    };
})(%d)"""
HOURS = 3600 * 1000


async def test_what_shows_nothing_stays_and_what_cannot_be_stored_goes_with_a_word(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("\u3164 \u200b\u2800")
    await ana.page.wait_for_timeout(300)
    await expect(ana.field).to_have_value("\u3164 \u200b\u2800")
    await ana.send("hola")
    await expect(ana.messages).to_have_count(1)
    await ana.field.fill("uno\x00\x1b\t\x85dos")
    await expect(ana.field).to_have_value("uno\tdos")
    await expect(ana.page.locator("#aviso")).to_have_text(
        "Se han quitado caracteres que no se pueden guardar."
    )
    await ana.field.press("End")
    await ana.field.press_sequentially("!")
    await expect(ana.page.locator("#aviso")).to_be_hidden()
    await ana.field.press("Enter")
    await expect(ana.texts).to_have_text(["hola", "uno\tdos!"])


async def test_a_device_whose_clock_is_wrong_tells_the_servers_time(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    await expect(ana.state("hola")).to_contain_text("Guardado")
    for ahead in (3 * HOURS, -30 * HOURS):
        page = await chat.visit()
        await page.add_init_script(SHIFTED % ahead)
        await chat.sign_in(page, "marta")
        marta = await chat.show(page, "/soporte/c/ana", True)
        times = marta.row("ana").locator(".conversation-times")
        await expect(times).to_have_text("espera 1 min", use_inner_text=True)
        await expect(marta.page.locator("#mensajes .day")).to_have_text("Hoy")
        await ana.send(f"otra {ahead}")
        await expect(marta.bubble(f"otra {ahead}")).to_contain_text("Ana")
        await expect(times).to_have_text("espera 1 min", use_inner_text=True)
