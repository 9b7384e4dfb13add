"""A page that is only open keeps its session, though a socket renews none."""

import sqlite3
import time
from contextlib import closing

import pytest
from playwright.async_api import Page, expect

from tests.browser.chat import Chat, Person
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


WARNING = "La sesión se cerrará pronto porque nadie la usa."
LAST_WARNING = "La sesión termina en unos minutos, aunque se use."


async def carry(chat: Chat, page: Page, age: float, fin: float = 9000) -> str:
    """A token of marta's session, made so many seconds ago, which ends so many seconds from now."""
    now = int(time.time())
    own = {"iss": "soporte", "sid": "de-marta", "fin": now + int(fin)}
    of_marta = token(
        SECRET, "marta", "admin", iat=now - age, exp=min(now - int(age) + 3600, own["fin"]), **own
    )
    await page.context.add_cookies([{"name": "token", "value": of_marta, "url": chat.url}])
    return of_marta


async def leave_unused(chat: Chat, page: Page, seconds: int) -> str:
    """As if nobody had used the session for so long, once it has its row."""
    with closing(sqlite3.connect(chat.file, isolation_level=None)) as database:

        def noted() -> bool:
            return bool(database.execute("SELECT COUNT(*) FROM sesiones").fetchone()[0])

        await eventually(noted, timeout=10)
        database.execute(f"UPDATE sesiones SET vista = datetime('now', '-{seconds} seconds') || '.000000'")
    return await carry(chat, page, seconds)


async def admins_page(chat: Chat, fin: float = 9000) -> Person:
    page = await chat.visit()
    await page.clock.install()
    await carry(chat, page, 0, fin)
    return await chat.show(page, "/soporte", live=True)


async def token_of(page: Page) -> str | None:
    return next(
        (one.get("value") for one in await page.context.cookies() if one.get("name") == "token"), None
    )


async def test_an_admins_page_that_nobody_uses_says_so_before_its_session_ends(chat: Chat) -> None:
    """And what it asks by itself keeps nothing alive; using it does."""
    marta = await admins_page(chat)
    page = marta.page
    warning, stay = page.locator("#inactiva"), page.get_by_role("button", name="Seguir aquí")
    aged = await leave_unused(chat, page, 3400)
    await page.clock.fast_forward("53:00")
    await (await chat.enter("ana")).send("hola")  # the page asks for it
    await expect(marta.row("ana")).to_be_visible()
    await expect(warning).to_be_hidden()
    await page.clock.fast_forward("01:30")
    await expect(warning).to_have_text(WARNING)
    assert await token_of(page) == aged
    await stay.focus()
    await stay.press("Enter")
    await expect(warning).to_be_hidden()
    await expect(stay).to_be_hidden()
    assert await token_of(page) != aged


async def test_of_two_pages_of_a_session_the_unused_one_is_quiet_while_the_other_is_used(chat: Chat) -> None:
    marta = await admins_page(chat)
    other = await chat.another_tab(marta)
    await leave_unused(chat, marta.page, 3400)
    for page in (marta.page, other.page):
        await page.clock.fast_forward("54:30")
        await expect(page.locator("#inactiva")).to_have_text(WARNING)
    await other.page.keyboard.press("Tab")
    await expect(other.page.locator("#inactiva")).to_be_hidden()
    await marta.page.clock.fast_forward("00:31")
    await expect(marta.page.locator("#inactiva")).to_be_hidden()
    await marta.page.clock.fast_forward("53:00")  # nor is it asked again before it must be
    await expect(marta.page.locator("#inactiva")).to_be_hidden()


async def test_before_a_session_ends_whatever_is_done_the_page_says_so(chat: Chat) -> None:
    page = (await admins_page(chat, fin=250)).page
    await page.clock.fast_forward("00:31")
    await expect(page.locator("#inactiva")).to_contain_text(LAST_WARNING)
    await expect(page.get_by_role("button", name="Seguir aquí")).to_be_hidden()
