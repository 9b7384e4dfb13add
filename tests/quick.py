"""`make quick`: the tests that need no MariaDB, Redis, Chromium or process of their own, for the inner loop."""

from collections.abc import Iterable

import pytest

SERVICES = frozenset({"mariadb", "mariadb_url", "broken_mariadb", "redis", "browser", "chat"})
ROOMS = (
    "tests/browser/",
    "tests/faults/",
    "tests/cli/",
    "tests/test_server",
    "tests/test_procfile",
    "tests/bench/test_run",
)
"""Whose tests start whole processes."""
KEPT = ("tests/faults/test_properties.py", "tests/faults/test_checker.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if is_slow(item)]
    items[:] = [item for item in items if item not in set(left)]
    config.hook.pytest_deselected(items=left)


def is_slow(item: pytest.Item) -> bool:
    if item.nodeid.startswith(ROOMS) and not item.nodeid.startswith(KEPT):
        return True
    return bool(SERVICES & {*getattr(item, "fixturenames", ()), *parameters(item)})


def parameters(item: pytest.Item) -> Iterable[str]:
    """Of a test that runs on each database, the one of this item."""
    call = getattr(item, "callspec", None)
    return [value for value in call.params.values() if isinstance(value, str)] if call else []
