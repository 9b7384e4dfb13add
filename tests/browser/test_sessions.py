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
