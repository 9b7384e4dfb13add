"""The real page in Chromium, while what it talks to falls: nothing that was typed there is lost, doubled or out of order."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import chromium
from tests.faults.faults import FAULTS
from tests.faults.schedule import run
from tests.faults.world import World, world
from tests.services.mariadb import MariaDB
from tests.services.redis import Redis

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def one_after_the_other(world: World, rng: Random) -> None:
    """Nuria's process dies, the database dies, she closes the tab and comes back, her line is cut."""
    for name in ("app_killed", "database_killed", "clients_killed", "network_cut"):
        await FAULTS[name](world, rng)


async def test_the_page_keeps_every_promise(
    browser: Browser, broken_mariadb: MariaDB, redis: Redis, tmp_path: Path
) -> None:
    async with world(
        tmp_path, broken_mariadb, redis, "nuria", rate=20, heartbeat=0.6, browser=browser
    ) as one:
        result = await run(one, one_after_the_other, "nuria", 5)
        typed = [op for op, usuario in (await one.history()).typed() if usuario == "nuria"]
    assert result.violations == []
    assert len(typed) >= 3
