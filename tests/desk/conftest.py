"""What the desk tells, for the tests of this folder."""

import pytest

from tests.desk.listening import Listening


@pytest.fixture
def sockets() -> Listening:
    return Listening()
