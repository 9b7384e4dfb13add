"""A bad phone: what Chromium shows on Slow 3G, and how long it is deaf with a sixth of its CPU.

Not among `make test`'s: two workers on one machine would measure each other. `make phone` runs it alone.
"""

from collections.abc import AsyncIterator, Iterator
from statistics import median

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.bench.fill import BUSY
from tests.bench.page import longest_task, opened, serving
from tests.bench.servers import Server
from tests.browser.chromium import chromium

pytestmark = pytest.mark.asyncio(loop_scope="session")

VISITS = 5
MOST = {"requests": 7, "paint_s": 4.3, "usable_s": 5.0, "live_s": 7.0}
LONGEST_TASK_MS = 150


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("phone")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def test_a_first_visit_on_slow_3g(browser: Browser, server: Server) -> None:
    visits = [await opened(browser, server) for _ in range(VISITS)]
    figures = {name: median(visit[name] or 0 for visit in visits) for name in MOST}
    assert all(figures[name] <= most for name, most in MOST.items()), figures


@pytest.mark.parametrize(("usuario", "path"), [(BUSY, "/soporte"), ("admin", f"/soporte/c/{BUSY}")])
async def test_a_slow_phone_is_never_deaf_for_long(
    browser: Browser, server: Server, usuario: str, path: str
) -> None:
    longest = [await longest_task(browser, server, usuario, path) for _ in range(VISITS)]
    assert median(longest) <= LONGEST_TASK_MS, longest
