"""A page that is only open keeps its session, though a socket renews none."""

import time

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.clients.people import token
from tests.processes import SECRET
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_renews_its_cookie_every_twenty_minutes(chat: Chat) -> None:
    page = await chat.visit()
    await page.clock.install()
    await chat.sign_in(page, "ana")
    await chat.show(page, "/soporte", live=True)
    own = {"iss": "soporte", "sid": "de-ana", "fin": int(time.time()) + 9000}
    aged = token(SECRET, "ana", iat=time.time() - 1200, exp=int(time.time()) + 2400, **own)
    await page.context.add_cookies([{"name": "token", "value": aged, "url": chat.url}])
    asked: list[float] = []
    page.on(
        "response",
        lambda answer: asked.append(answer.status) if "comprobacion?desde=" in answer.url else None,
    )
    await page.clock.fast_forward("19:00")
    await expect(page.locator("#conexion-texto")).to_have_text("En directo")
    assert asked == []
    await page.clock.fast_forward("01:01")
    await eventually(lambda: asked == [200])
    [renewed] = [one.get("value") for one in await page.context.cookies() if one.get("name") == "token"]
    assert renewed not in (None, aged)


async def test_an_admins_page_that_nobody_uses_says_so_before_its_session_ends(chat: Chat) -> None:
    """And what it asks by itself keeps nothing alive; using it does."""
    page = await chat.visit()
    await page.clock.install()
    own = {"iss": "soporte", "sid": "de-marta", "fin": int(time.time()) + 9000}
    fresh, aged = (
        token(SECRET, "marta", "admin", iat=time.time() - age, exp=int(time.time() - age) + 3600, **own)
        for age in (0, 1200)
    )
    await page.context.add_cookies([{"name": "token", "value": fresh, "url": chat.url}])
    marta = await chat.show(page, "/soporte", live=True)
    await page.context.add_cookies([{"name": "token", "value": aged, "url": chat.url}])

    async def renewed() -> bool:
        return [one.get("value") for one in await page.context.cookies() if one.get("name") == "token"] != [
            aged
        ]

    warning, stay = page.locator("#inactiva"), page.get_by_role("button", name="Seguir aquí")
    await page.clock.fast_forward("44:00")
    await (await chat.enter("ana")).send("hola")  # the page asks for it
    await expect(marta.row("ana")).to_be_visible()
    await expect(warning).to_be_hidden()
    await page.clock.fast_forward("01:30")
    await expect(warning).to_have_text("La sesión se cerrará pronto porque nadie la usa.")
    assert not await renewed()
    await stay.focus()
    await stay.press("Enter")
    await expect(warning).to_be_hidden()
    await expect(stay).to_be_hidden()
    assert await renewed()
