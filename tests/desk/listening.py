"""Sockets that note what the desk tells them."""

from collections.abc import Callable
from typing import Any

from supportapp.desk.sockets import NoSockets


class Listening(NoSockets):
    """Calls what it was given in place of `deliver`, `show`, `fail` or `tell_mark`."""

    def __init__(self, **instead: Callable[..., Any]) -> None:
        self.instead(**instead)

    def instead(self, **methods: Callable[..., Any]) -> None:
        """From now on these."""
        for name, method in methods.items():
            assert hasattr(NoSockets, name)
            setattr(self, name, method)
