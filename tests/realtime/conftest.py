"""Real sockets for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.clients.fixtures import built_once, desk, driver

__all__ = ["built_once", "desk", "driver"]


@pytest.fixture
def no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails where a library logged an exception; what hypercorn says of one does not reach `capfd`."""
    yield
    assert not [record.getMessage() for record in caplog.get_records("call") if record.exc_info]
