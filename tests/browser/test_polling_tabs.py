"""Many tabs of one browser where no WebSocket gets through: a browser opens six connections to a place."""

import asyncio
import contextlib
import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.clients.people import token
from tests.forked import Forked
from tests.processes import SECRET, free_port, sqlite_settings
from tests.tcp_server import TCPServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABS = 9


def without_websockets(port: int, target: int) -> TCPServer:
    """A proxy that answers 400 to every handshake of a WebSocket and passes on everything else."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if re.search(rb"(?im)^upgrade: *websocket", head):
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        upstream, down = await asyncio.open_connection("127.0.0.1", target)
        try:
            down.write(head)
            await asyncio.gather(pipe(reader, down), pipe(upstream, writer))
        finally:
            down.close()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await answer(reader, writer)

    return TCPServer(serve_one, port)


async def live(page: Page) -> None:
    await page.goto("/soporte", timeout=20_000)
    await expect(page.locator("#conexion[data-estado=vivo]")).to_be_attached(timeout=20_000)


async def test_nine_tabs_are_live_and_the_next_takes_over(
    browser: Browser, peopled_file: Path, tmp_path: Path
) -> None:
    shutil.copy(peopled_file, tmp_path / "soporte.db")
    port = free_port()
    env = sqlite_settings(tmp_path, PUBLIC_URL=f"http://127.0.0.1:{port}")
    with Forked(env) as server:
        await asyncio.to_thread(server.wait_until_it_answers)
        async with without_websockets(port, int(env["PORT"])):
            context = await browser.new_context(base_url=f"http://127.0.0.1:{port}", locale="es-ES")
            cookie = {"name": "token", "value": token(SECRET, "ana"), "url": f"http://127.0.0.1:{port}"}
            await context.add_cookies([cookie])  # type: ignore[list-item]
            tabs = [await context.new_page() for _ in range(TABS)]
            for tab in tabs:
                await live(tab)
            form = {"para": "ana", "mensaje": "a todas"}
            desk = {"Cookie": f"token={token(SECRET, 'marta', 'admin')}"}
            stranger = await browser.new_context(base_url=server.url)
            await stranger.request.post("/soporte/mensajes", form=form, headers=desk, max_redirects=0)
            for tab in tabs:
                await expect(tab.get_by_text("a todas", exact=True)).to_be_visible(timeout=3_000)
            await tabs[0].close()
            await stranger.request.post(
                "/soporte/mensajes", form={**form, "mensaje": "a las demás"}, headers=desk, max_redirects=0
            )
            for tab in tabs[1:]:
                await expect(tab.get_by_text("a las demás", exact=True)).to_be_visible(timeout=15_000)
            await tabs[8].locator("#mensaje").fill("de la última")
            await tabs[8].get_by_role("button", name="Enviar").click()
            await expect(tabs[1].get_by_text("de la última", exact=True)).to_be_visible()
            for opened in (context, stranger):
                await opened.close()
