"""How often somebody may do what costs: sign in, register, read."""

import math
import time
from dataclasses import dataclass

import structlog
from limits import parse
from limits.storage import MemoryStorage

MOST_KEYS = 50_000
"""Counted at once; then nobody new is let in, until windows end. A hash stands before each of them, so that one window sees fewer."""
CANNOT_COUNT = 60
"""Seconds to wait where nothing can be counted: nobody is let in uncounted."""
CLOCK_STEP = 1.0
"""Seconds by which the clock must have gone back for what was counted until then to be forgotten."""

log = structlog.get_logger("supportapp.web")


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted, such as `("auth", "cuenta", "ana")`; `times` the limit are allowed."""

    action: str
    noun: str
    name: str
    times: int = 1

    @property
    def parts(self) -> tuple[str, str, str]:
        return self.action, self.noun, self.name[:200]


class Attempts:
    """Counts attempts in this process's memory."""

    def __init__(self, limit: str) -> None:
        self._limit = parse(limit)
        self._storage = MemoryStorage()
        self._latest = 0.0
        self._full = False

    def count(self, *keys: Key, cost: int = 1, **who: str) -> int:
        """Count one attempt before it is made; returns the seconds to wait, 0 if it may go on.

        Under one key after the other, and under none behind the first that refuses: whoever is refused for what
        they are cannot use up what is others'. The first refusal of a window is logged with `who`.
        """
        try:
            self._follow_clock()
            for key in keys:
                if wait := self._count(key, cost, who):
                    return wait
        except Exception:
            log.exception("attempts cannot be counted; refused")
            return CANNOT_COUNT
        return 0

    def give_back(self, *keys: Key) -> None:
        """A successful attempt does not count: many people may share an address."""
        try:
            for key in keys:
                self._storage.decr(self._name(key))
        except Exception:
            log.exception("an attempt cannot be given back")

    def _count(self, key: Key, cost: int, who: dict[str, str]) -> int:
        name, allowed = self._name(key), self._limit.amount * key.times
        if not self._storage.get(name) and self._crowded():
            return self._limit.get_expiry()
        counted = self._storage.incr(name, self._limit.get_expiry(), amount=cost)
        if counted <= allowed:
            return 0
        if counted - cost <= allowed:
            log.warning("too many attempts", action=key.action, by=key.noun, **who)
        return max(1, math.ceil(self._storage.get_expiry(name) - time.time()))

    def _crowded(self) -> bool:
        full = len(self._storage.storage) >= MOST_KEYS
        if full and not self._full:
            log.error("too many attempts under way: nobody new is let in until some windows have ended")
        self._full = full
        return full

    def _follow_clock(self) -> None:
        now = time.time()
        if now < self._latest - CLOCK_STEP:  # else everybody would wait until the clock is there again
            self._storage.reset()
        self._latest = now

    def _name(self, key: Key) -> str:
        return self._limit.key_for(*key.parts)
