"""Real sockets for the tests of this folder."""

from tests.clients.fixtures import desk, driver

__all__ = ["desk", "driver"]
