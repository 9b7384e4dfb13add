"""The tokens that this process checked lately: who may still send while the database cannot be asked."""

import time
from collections import OrderedDict
from collections.abc import Set as AbstractSet

from supportapp.desk.viewer import Viewer

TRUSTED_FOR = 600
"""Seconds after its last check that a token may still send."""
MOST_TRUSTED = 20_000


class Trusted:
    """Whose each of these tokens was when it was last checked.

    `doubts` grows whenever somebody's right may have ended: what was read before that may be over.
    """

    def __init__(self) -> None:
        self._checked: OrderedDict[str, tuple[Viewer, float]] = OrderedDict()
        self.doubts = 0

    def checked(self, token: str, viewer: Viewer) -> None:
        self._checked[token] = (viewer, time.monotonic())
        self._checked.move_to_end(token)
        if len(self._checked) > MOST_TRUSTED:
            self._checked.popitem(last=False)

    def get(self, token: str) -> Viewer | None:
        """Whose it is; None where it was not checked lately."""
        viewer, since = self._checked.get(token, (None, 0.0))
        return viewer if time.monotonic() - since < TRUSTED_FOR else None

    def forget(self, token: str) -> None:
        self._checked.pop(token, None)

    def doubt(self, names: AbstractSet[str]) -> None:
        """Trust none of these people's any more: something of their accounts or sessions changed."""
        self.doubts += 1
        for token in [token for token, (viewer, _) in self._checked.items() if viewer.usuario in names]:
            self.forget(token)
