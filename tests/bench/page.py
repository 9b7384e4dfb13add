"""How long a page takes on a bad phone: Chromium that has nothing cached, on Slow 3G; and with a processor six times as slow."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect
from playwright.async_api import Error as BrowserError

from tests.bench.fill import BUSY, fill_sqlite
from tests.bench.load import Figures
from tests.bench.parts import Bench
from tests.bench.servers import NotMeasurable, Server, on_sqlite
from tests.browser.chromium import chromium
from tests.clients.people import token
from tests.processes import SECRET

SLOW_3G = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""As Chromium's own developer tools have it: milliseconds until something comes back, bytes a second."""
PATIENCE_MS = 60_000
MESSAGES = 100_000
"""So that somebody has a thousand of them, among a thousand people."""
SLOWER = 6
LIVE = "En directo"
# Usable: the script has taken the form over, which shows what only it can do. Live: it says so.
WATCH = """(live) => {
  const seen = (window.seen = {});
  const look = () => {
    const button = document.getElementById("comprobar");
    if (button && !button.hidden) seen.usable ??= performance.now();
    if (document.getElementById("conexion-texto")?.textContent.trim() === live) seen.live ??= performance.now();
    if (!seen.live) requestAnimationFrame(look);
  };
  look();
}"""
# Tasks of more than 50 ms, as Chromium notes them.
TASKS = """
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({type: "longtask", buffered: true});
"""
SETTLED = 2.0
"""Seconds after which nothing more is opened."""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def page(bench: Bench) -> None:
    """A fresh browser for each round."""
    with serving(bench.folder) as server:
        asyncio.run(open_in_turn(bench, server))


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """The chat with a user who has more messages than a page shows."""
    fill_sqlite(folder / "page.db", MESSAGES)
    with on_sqlite(folder / "page.db", folder) as server:
        yield server


async def open_in_turn(bench: Bench, server: Server) -> None:
    async with chromium() as browser:
        for number in range(bench.sizes.rounds):
            try:
                figures = await opened(browser, server) | await on_slow_processor(browser, server)
            except (BrowserError, NotMeasurable, AssertionError) as error:
                bench.samples.fail("page", "page", str(error).splitlines()[0])
                return
            bench.note("page", "page", number, figures)
            shown = ", ".join(f"{name} {value:.3g}" for name, value in figures.items() if value is not None)
            bench.say(f"page, round {number + 1} of {bench.sizes.rounds}: {shown}")


async def opened(browser: Browser, server: Server) -> Figures:
    """One visit, until the page is live."""
    async with visiting(browser, server, BUSY, viewport={"width": 360, "height": 640}) as tab:
        line = await tab.context.new_cdp_session(tab)
        traffic = Traffic()
        line.on("Network.requestWillBeSent", traffic.asked)
        line.on("Network.webSocketCreated", traffic.asked)
        line.on("Network.loadingFinished", traffic.received)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW_3G)
        await tab.add_init_script(f"({WATCH})({LIVE!r})")
        response = await tab.goto("/soporte", timeout=PATIENCE_MS, wait_until="commit")
        if response is None or response.status != 200:
            raise NotMeasurable(f"/soporte answers {response and response.status}")
        await expect(tab.locator("#conexion-texto")).to_have_text(LIVE, timeout=PATIENCE_MS)
        await asyncio.sleep(0.1)  # the page's own watch looks once a frame
        seen = await tab.evaluate("window.seen")
        paint = await tab.evaluate(PAINT)
        return {
            "paint_s": paint / 1000, "usable_s": seen["usable"] / 1000, "live_s": seen["live"] / 1000,
            "requests": traffic.requests, "received_kb": traffic.bytes / 1024,
        }  # fmt: skip


async def on_slow_processor(browser: Browser, server: Server) -> Figures:
    """The longest that the page does not answer while it opens, as a user and as an admin have it."""
    return {
        "user_task_ms": await longest_task(browser, server, BUSY, "/soporte"),
        "admin_task_ms": await longest_task(browser, server, "admin", f"/soporte/c/{BUSY}"),
    }


async def longest_task(browser: Browser, server: Server, usuario: str, path: str) -> float:
    async with visiting(browser, server, usuario) as tab:
        processor = await tab.context.new_cdp_session(tab)
        await processor.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await tab.add_init_script(TASKS)
        await tab.goto(path, timeout=PATIENCE_MS)
        await expect(tab.locator("#conexion-texto")).to_have_text(LIVE, timeout=PATIENCE_MS)
        await asyncio.sleep(SETTLED)
        return float(await tab.evaluate("Math.max(0, ...window.tasks)"))


@asynccontextmanager
async def visiting(browser: Browser, server: Server, usuario: str, **options: Any) -> AsyncIterator[Page]:
    """A tab of somebody who has not been here before."""
    context = await browser.new_context(base_url=server.url, locale="es-ES", **options)
    try:
        rol = "admin" if usuario == "admin" else "user"
        cookie = {"name": "token", "value": token(SECRET, usuario, rol), "url": server.url}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        yield await context.new_page()
    finally:
        await context.close()


class Traffic:
    """What went over the line: requests, sockets among them, and bytes of headers and bodies as they were sent."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = 0

    def asked(self, event: dict[str, Any]) -> None:
        self.requests += not event.get("request", {}).get("url", "").startswith(("data:", "blob:"))

    def received(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])
