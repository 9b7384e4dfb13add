"""Real sockets for the tests of this folder."""

from tests.clients.fixtures import desk, driver, scanned_once

__all__ = ["desk", "driver", "scanned_once"]
