"""The browser of the tests and of the fault suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from supportapp.web.static import compress_static

CHROMIUM = Path("/usr/bin/chromium")  # Debian's; elsewhere the one that playwright installed
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One running Chromium; everybody in it gets a fresh profile."""
    compress_static()  # as `make setup` does; after an edit the page would weigh more than it does for people
    path = CHROMIUM if CHROMIUM.exists() else None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
