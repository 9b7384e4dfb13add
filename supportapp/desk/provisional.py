"""What was shown before it was stored, so that nobody is shown it twice."""

from collections import OrderedDict

Key = tuple[str, str]
REMEMBERED = 20_000
"""Messages handed on lately that are remembered: more than can be on their way at once."""


class Provisional:
    """Both orders are possible where a commit was given up but happened: shown first, or handed on first."""

    def __init__(self) -> None:
        self._shown: set[Key] = set()
        self._handed_on: OrderedDict[Key, None] = OrderedDict()

    def show(self, key: Key) -> bool:
        """About to be shown provisionally; False where its sockets have seen it already."""
        if key in self._shown or key in self._handed_on:
            return False
        self._shown.add(key)
        return True

    def assume_shown(self, key: Key) -> None:
        """It was shown by a process that is gone."""
        self._shown.add(key)

    def hand_on(self, key: Key) -> bool:
        """Stored, and about to be announced; True where it was shown provisionally."""
        self._handed_on[key] = None
        if len(self._handed_on) > REMEMBERED:
            self._handed_on.popitem(last=False)
        shown = key in self._shown
        self._shown.discard(key)
        return shown

    def forget(self, key: Key) -> None:
        """It will never be stored."""
        self._shown.discard(key)
