"""The browser of the tests and of the fault suite."""

import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from supportapp.cli.assets import bundle
from supportapp.web.static import STATIC, bundled

CHROMIUM = Path("/usr/bin/chromium")  # Debian's; elsewhere the one that playwright installed
# Each profile has a window, and each window draws two pages for an address bar that nobody sees, and a process to
# spare: 1.4 of the 1.9 s of CPU that an empty page costs.
UNSEEN = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "SpareRendererForSitePerProcess",
)
# Playwright's own, of which the last list given would take the place.
DISABLED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--disable-features={','.join((*UNSEEN, *DISABLED))}",
]


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
