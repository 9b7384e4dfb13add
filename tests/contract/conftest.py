"""Real sockets for the tests of this folder."""

from tests.clients.fixtures import built_once, desk, driver

__all__ = ["built_once", "desk", "driver"]
