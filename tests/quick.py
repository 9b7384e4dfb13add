"""`make quick`: the tests of the inner loop, under a minute: no services, no processes, no sockets of real clients.

A room that is named is tested all the same, but for services: `make quick ARGS=tests/realtime`.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

SERVICES = frozenset({"mariadb", "mariadb_url", "broken_mariadb", "redis", "browser", "chat"})
ROOMS = (
    "tests/browser/",
    "tests/faults/",
    "tests/cli/",
    "tests/realtime/",
    "tests/contract/test_sockets",
    "tests/desk/test_outage",
    "tests/store/test_tls",
    "tests/test_connections",
    "tests/test_processes",
    "tests/test_procfile",
    "tests/test_server",
    "tests/test_settings.py",
    "tests/test_wheel",
    "tests/web/test_openapi",
    "tests/bench/test_run",
)
"""Whose tests start whole processes, or wait: for deadlines, for what real clients hear and do not hear."""
KEPT = (
    "tests/faults/test_properties.py",
    "tests/faults/test_mutants.py",
    "tests/faults/test_checker.py",
    "tests/realtime/test_frames.py",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    named = tuple(arg for arg in config.invocation_params.args if arg.startswith("tests/"))
    path = collection_path.relative_to(config.rootpath).as_posix()
    slow = path.endswith(".py") and path.startswith(ROOMS) and not path.startswith((*KEPT, *named))
    return slow or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if SERVICES & {*getattr(item, "fixturenames", ()), *parameters(item)}]
    items[:] = [item for item in items if item not in set(left)]
    config.hook.pytest_deselected(items=left)


def parameters(item: pytest.Item) -> Iterable[str]:
    """Of a test that runs on each database, the one of this item."""
    call = getattr(item, "callspec", None)
    return [value for value in call.params.values() if isinstance(value, str)] if call else []
