"""How often somebody may try to sign in or to register: per account and per address."""

import math
import time
from dataclasses import dataclass

import structlog
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

log = structlog.get_logger("supportapp.web")


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted, such as `("entrar", "cuenta", "ana")`."""

    action: str
    noun: str
    name: str

    @property
    def parts(self) -> tuple[str, str, str]:
        return self.action, self.noun, self.name[:200]


class Attempts:
    """Counts attempts in this process's memory; a storage that fails lets people in."""

    def __init__(self, limit: str) -> None:
        self._limit = parse(limit)
        self._storage = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)

    def count(self, *keys: Key) -> int:
        """Count one attempt under every key, before it is made; returns the seconds to wait, 0 if it may go on."""
        try:
            refused = [key for key in keys if not self._limiter.hit(self._limit, *key.parts)]
            return max((self._seconds_left(key) for key in refused), default=0)
        except Exception:
            log.exception("attempts cannot be counted; allowed")
            return 0

    def give_back(self, *keys: Key) -> None:
        """A successful attempt does not count: many people may share an address."""
        try:
            for key in keys:
                self._storage.decr(self._limit.key_for(*key.parts))
        except Exception:
            log.exception("an attempt cannot be given back")

    def _seconds_left(self, key: Key) -> int:
        reset = self._limiter.get_window_stats(self._limit, *key.parts).reset_time
        return max(1, math.ceil(reset - time.time()))
