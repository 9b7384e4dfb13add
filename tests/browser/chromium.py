"""The browser of the tests and of the fault suite."""

import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from supportapp.cli.assets import bundle
from supportapp.web.static import STATIC, bundled

CHROMIUM = Path("/usr/bin/chromium")  # Debian's; elsewhere the one that playwright installed
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One running Chromium; everybody in it gets a fresh profile."""
    with (STATIC / "package.json").open() as turn:  # another worker's browser may be starting, too
        fcntl.flock(turn, fcntl.LOCK_EX)
        if (
            not bundled()
        ):  # as `make setup` does; after an edit the page would be heavier than it is for people
            bundle(STATIC)
    path = CHROMIUM if CHROMIUM.exists() else None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
