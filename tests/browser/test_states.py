"""How far a message has come is shown truly, whatever the database, the line or the page is doing."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, WebSocketRoute, expect

from tests.browser.chat import Chat
from tests.browser.conftest import register_people
from tests.forked import Forked
from tests.processes import SECRET, environment, free_port, sqlite_settings
from tests.services.mariadb import MariaDB
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_saved_delivered_read(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    state = ana.state("hola")
    await expect(state).to_have_attribute("data-estado", "guardado")
    marta = await chat.enter("marta", "/soporte/c/luis")
    await marta.hide()
    await marta.open("ana")
    await expect(state).to_have_attribute("data-estado", "entregado")
    await expect(state).to_contain_text("Entregado")
    await marta.hide(False)
    await expect(state).to_have_attribute("data-estado", "leido")
    await ana.page.reload()
    await expect(state).to_contain_text("Leído")


async def test_marks_that_moved_while_nobody_was_connected_are_caught_up(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    await expect(ana.state("hola")).to_have_attribute("data-estado", "guardado")
    chat.expected = ("net::ERR", "WebSocket connection to", "Failed to fetch")
    await ana.page.context.set_offline(True)
    await ana.page.evaluate("window.dispatchEvent(new Event('offline'))")
    marta = await chat.enter("marta", "/soporte/c/ana")
    await marta.page.bring_to_front()  # what is not looked at is not read
    with closing(sqlite3.connect(chat.file)) as database:
        moved = "SELECT COUNT(*) FROM lecturas WHERE leido_hasta > 0"
        await eventually(lambda: database.execute(moved).fetchone()[0] > 0)
    await ana.page.context.set_offline(False)
    await expect(ana.line).to_have_text("En directo", timeout=15_000)
    await expect(ana.state("hola")).to_have_attribute("data-estado", "leido")


async def test_a_page_proves_that_it_is_complete_and_repairs_itself(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    for text in ("uno", "dos", "tres"):
        await ana.send(text)
        await expect(marta.bubble(text)).to_be_visible()
    check = marta.page.get_by_role("button", name="Comprobar")
    said = marta.page.locator("#comprobacion")
    await check.click()
    await expect(said).to_contain_text("Completa")
    await expect(said).to_contain_text("3 mensajes, el último es el n.º 3")
    await marta.page.evaluate("document.getElementById('mensaje-2').remove()")
    await check.click()
    await expect(said).to_contain_text("Faltaba algo y se ha reparado")
    await expect(marta.texts).to_have_text(["uno", "dos", "tres"])
    await said.get_by_role("button", name="Cerrar").click()
    await expect(said).to_be_empty()
    await expect(check).to_be_focused()


def without_news(socket: WebSocketRoute) -> None:
    """A line that loses every event about messages, and nothing else."""
    server = socket.connect_to_server()
    socket.on_message(lambda said: server.send(said))
    server.on_message(lambda said: None if "mensaje_" in str(said) else socket.send(said))


async def test_what_no_event_told_is_there_within_a_heartbeat(
    browser: Browser, peopled_file: Path, tmp_path: Path
) -> None:
    shutil.copy(peopled_file, tmp_path / "soporte.db")
    env = sqlite_settings(tmp_path, HEARTBEAT_SECONDS=1)
    chat = Chat(browser, lambda: Forked(env), tmp_path / "soporte.db")
    await asyncio.to_thread(chat.start)
    try:
        ana = await chat.enter("ana", line=without_news)
        desk = await chat.enter("elena", line=without_news)
        marta = await chat.enter("marta", "/soporte/c/ana")
        await marta.send("¿me oye?")
        await expect(ana.bubble("¿me oye?")).to_be_visible()
        await expect(desk.row("ana")).to_contain_text("¿me oye?")
        assert chat.complaints == []
    finally:
        await chat.close()


async def test_what_was_shown_before_it_was_stored_goes_if_it_never_is(chat: Chat) -> None:
    """It was refused while this page had no connection, so nobody could tell."""
    lines: list[WebSocketRoute] = []

    def listen(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    ana = await chat.enter("ana")
    await ana.send("stored")
    marta = await chat.enter("marta", "/soporte/c/ana", line=listen)
    for de, text in (("ana", "never"), ("marta", "neither")):
        message = {"de": de, "para": "ana", "mensaje": text, "id_cliente": f"{text}-0123456789abcdef"}
        event = ["mensaje_recibido", {**message, "fecha": "2026-01-01T09:00:00.000Z", "provisional": True}]
        lines[-1].send(f"42{json.dumps(event)}")
        await expect(marta.bubble(text)).to_be_visible()
    await lines[-1].close()
    await expect(marta.messages).to_have_count(1)
    await expect(marta.texts).to_have_text(["stored"])


async def test_a_restored_database_begins_the_page_anew_and_keeps_what_was_not_sent(
    chat: Chat, peopled_file: Path, tmp_path: Path
) -> None:
    ana = await chat.enter("ana")
    for text in ("uno", "dos"):
        await ana.send(text)
        await expect(ana.bubble(text)).to_have_attribute("data-id", re.compile("."))
    for text in ("sin enviar", "otra vez"):  # the second time before the page may load itself anew again
        await asyncio.to_thread(chat.stop)
        await ana.send(text)
        await ana.field.fill("a medias")
        for file in tmp_path.glob("soporte.db*"):
            file.unlink()
        shutil.copy(peopled_file, tmp_path / "soporte.db")
        await asyncio.to_thread(chat.start)
        await expect(ana.bubble(text)).to_have_attribute("data-id", "1", timeout=20_000)
        await expect(ana.texts).to_have_text([text], timeout=20_000)
        await expect(ana.field).to_have_value("a medias")
        await expect(ana.line).to_have_text("En directo")


@pytest_asyncio.fixture(loop_scope="session")
async def outage(browser: Browser, mariadb: MariaDB, mariadb_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """The chat on MariaDB, which the test may kill."""
    await register_people(mariadb_url)
    env = environment(
        DATABASE_URL=mariadb_url,
        INSTANCE_DIR=tmp_path,
        JWT_SECRET=SECRET,
        HOST="127.0.0.1",
        PORT=free_port(),
    )
    chat = Chat(browser, lambda: Forked(env), tmp_path / "unused.db")
    await asyncio.to_thread(chat.start)
    try:
        yield chat
    finally:
        await chat.close()
        if not mariadb.running:
            mariadb.start()


async def test_without_the_database_people_talk_on_and_see_that_it_waits(
    outage: Chat, mariadb: MariaDB
) -> None:
    ana, luis, marta = (
        await outage.enter("ana"),
        await outage.enter("luis"),
        await outage.enter("marta", "/soporte/c/ana"),
    )
    await luis.send("soy Luis")
    await expect(marta.row("luis")).to_be_visible()
    outage.expected = ("503", "500", "net::ERR")
    await ana.send("antes")
    await expect(marta.bubble("antes")).to_be_visible()
    await asyncio.to_thread(mariadb.kill)
    await ana.send("uno")
    await expect(ana.state("uno")).to_have_attribute("data-estado", "pendiente")
    await expect(marta.bubble("uno")).to_contain_text("Aún sin guardar")
    await expect(marta.bubble("uno")).to_contain_text("Ana")
    await marta.send("dos")
    await expect(ana.bubble("dos")).to_contain_text("Aún sin guardar")
    await ana.send("tres")
    await luis.send("y yo")
    await expect(marta.row("luis").locator(".conversation-preview")).to_have_text("y yo")
    await expect(ana.page.locator("#conexion-nota")).to_have_text("2 mensajes en espera")
    await asyncio.to_thread(mariadb.start)
    for person in (ana, marta):
        await expect(person.page.locator("#mensajes [data-id]")).to_have_count(4, timeout=20_000)
        await expect(person.texts).to_have_text(["antes", "uno", "dos", "tres"])
        await expect(person.messages).to_have_count(4)
    await expect(ana.state("tres")).to_have_text(re.compile("✓"))
    await expect(ana.page.locator("#conexion-nota")).to_be_empty(timeout=15_000)
    assert await ana.ids() == await marta.ids() == [2, 3, 4, 5]
