"""An account that is closed or opened elsewhere: the page that shows it says so, also where it did not hear of it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, expect

from supportapp.desk.access import activate, deactivate, end_sessions
from supportapp.store.database import Database
from tests.browser.chat import OFFLINE, Chat, Person
from tests.browser.test_everybody import PHONE

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOLD = 0.6
"""Seconds after which the chat has told everybody who was connected."""


async def elsewhere(chat: Chat, how: Callable[[Database, str], Awaitable[None]], usuario: str) -> None:
    """As a command does it while the chat runs."""
    database = Database(f"sqlite:///{chat.file}")
    await database.connect()
    try:
        await how(database, usuario)
    finally:
        await database.disconnect()


def closed(person: Person) -> Locator:
    return person.page.get_by_text("Esta cuenta está cerrada")


async def test_the_desk_sees_at_once_that_an_account_is_closed_and_open_again(chat: Chat) -> None:
    await (await chat.enter("ana")).send("hola")
    marta, elena = await chat.enter("marta", "/soporte/c/ana"), await chat.enter("elena", "/soporte/c/luis")
    await expect(closed(marta)).to_be_hidden()
    chat.expected = ("401",)  # Ana's own page
    await elsewhere(chat, deactivate, "ana")
    await expect(closed(marta)).to_be_visible()
    await expect(closed(elena)).to_be_hidden()
    await elsewhere(chat, activate, "ana")
    await expect(closed(marta)).to_be_hidden()
    await expect(marta.line).to_have_text("En directo")


async def test_what_was_missed_is_shown_after_the_gap(chat: Chat) -> None:
    marta = await chat.enter("marta", "/soporte/c/ana")
    chat.expected = OFFLINE
    await marta.page.context.set_offline(True)
    await expect(marta.line).not_to_have_text("En directo")
    await elsewhere(chat, deactivate, "ana")
    await expect(closed(marta)).to_be_hidden()
    await marta.page.context.set_offline(False)
    await expect(closed(marta)).to_be_visible(timeout=15_000)
    await expect(marta.line).to_have_text("En directo")


async def test_what_changes_between_the_page_and_its_socket_is_shown(chat: Chat) -> None:
    page = await chat.visit()
    await chat.sign_in(page, "marta")
    become_live = await chat.draw(page, "/soporte/c/ana")
    await elsewhere(chat, deactivate, "ana")
    await asyncio.sleep(TOLD)
    await expect(closed(await become_live())).to_be_visible()


async def test_a_lost_phone_is_signed_out_from_another_browser(chat: Chat) -> None:
    phone, laptop = await chat.enter("ana", **PHONE), Person(await chat.visit())
    await laptop.page.goto("/login")
    await laptop.page.get_by_label("Usuario").fill("ana")
    await laptop.page.get_by_label("Contraseña").fill("correcta-1234")
    await laptop.page.get_by_role("button", name="Entrar").click()
    await phone.field.fill("a medias")
    chat.expected = ("401",)
    await laptop.page.get_by_role("link", name="Cuenta").click()
    await laptop.page.get_by_role("button", name="Cerrar la sesión de").click()
    await expect(laptop.page.get_by_role("status")).to_have_text("La sesión se ha cerrado.")
    await expect(phone.line).to_have_text("La sesión ha terminado")
    await expect(phone.field).to_have_value("a medias")
    await laptop.page.get_by_role("link", name="Volver al soporte").click()
    await expect(laptop.line).to_have_text("En directo")


async def test_whose_session_is_ended_is_told_at_once_and_keeps_what_was_typed(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.field.fill("a medias")
    chat.expected = ("401",)
    await elsewhere(chat, end_sessions, "ana")
    await expect(ana.line).to_have_text("La sesión ha terminado")
    await expect(ana.field).to_have_value("a medias")
