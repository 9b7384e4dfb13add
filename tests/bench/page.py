"""How long a user's page takes on a bad phone's line: Chromium that has nothing cached, as Slow 3G."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.async_api import Browser, expect
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
MESSAGES = 10_000
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
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def page(bench: Bench) -> None:
    """A fresh browser for each round."""
    with serving(bench) as server:
        asyncio.run(open_in_turn(bench, server))


@contextmanager
def serving(bench: Bench) -> Iterator[Server]:
    """The chat with a user who has more messages than a page shows."""
    file = bench.folder / "page.db"
    fill_sqlite(file, MESSAGES)
    with on_sqlite(file, bench.folder) as server:
        yield server


async def open_in_turn(bench: Bench, server: Server) -> None:
    async with chromium() as browser:
        for number in range(bench.sizes.rounds):
            try:
                figures = await opened(browser, server)
            except (BrowserError, NotMeasurable, AssertionError) as error:
                bench.samples.fail("page", "page", str(error).splitlines()[0])
                return
            bench.samples.add("page", {f"page.{name}": value for name, value in figures.items()}, number)
            shown = ", ".join(f"{name} {value:.3g}" for name, value in figures.items() if value is not None)
            bench.say(f"page, round {number + 1} of {bench.sizes.rounds}: {shown}")


async def opened(browser: Browser, server: Server) -> Figures:
    """One visit, until the page is live."""
    context = await browser.new_context(
        base_url=server.url, locale="es-ES", viewport={"width": 360, "height": 640}
    )
    try:
        cookie = {"name": "token", "value": token(SECRET, BUSY), "url": server.url}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        tab = await context.new_page()
        line = await context.new_cdp_session(tab)
        traffic = Traffic()
        line.on("Network.requestWillBeSent", traffic.asked)
        line.on("Network.webSocketCreated", traffic.asked)
        line.on("Network.dataReceived", traffic.received)
        line.on("Network.responseReceived", traffic.answered)
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
    finally:
        await context.close()


class Traffic:
    """What went over the line: requests, sockets among them, and bytes of headers and bodies as they were sent."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = 0

    def asked(self, event: dict[str, Any]) -> None:
        self.requests += not event.get("request", {}).get("url", "").startswith(("data:", "blob:"))

    def answered(self, event: dict[str, Any]) -> None:
        self.bytes += max(0, int(event["response"].get("encodedDataLength", 0)))

    def received(self, event: dict[str, Any]) -> None:
        self.bytes += max(0, int(event["encodedDataLength"]))
