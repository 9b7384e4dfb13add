"""How often somebody may do what costs: sign in, register, read."""

import math
from dataclasses import dataclass

import structlog
from limits import parse

from supportapp.web.counts import Counts

CANNOT_COUNT = 60
"""Seconds to wait where nothing can be counted: nobody is let in uncounted."""

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
    """Counts attempts, in the memory of `descriptor` together with other processes."""

    def __init__(self, limit: str, descriptor: int | None = None) -> None:
        self._limit = parse(limit)
        self._counts = Counts(descriptor)
        self._full = False

    def count(self, *keys: Key, cost: int = 1, **who: str) -> int:
        """Count one attempt before it is made; returns the seconds to wait, 0 if it may go on.

        Under one key after the other, and under none behind the first that refuses: whoever is refused for what
        they are cannot use up what is others'. The first refusal of a window is logged with `who`.
        """
        try:
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
                self._counts.take_back(self._name(key))
        except Exception:
            log.exception("an attempt cannot be given back")

    def _count(self, key: Key, cost: int, who: dict[str, str]) -> int:
        allowed = self._limit.amount * key.times
        counted = self._counts.add(self._name(key), cost, self._limit.get_expiry())
        if counted is None:
            if not self._full:
                log.error("too many attempts under way: nobody new is let in until some windows have ended")
            self._full = True
            return self._limit.get_expiry()
        self._full = False
        count, seconds = counted
        if count <= allowed:
            return 0
        if count - cost <= allowed:
            log.warning("too many attempts", action=key.action, by=key.noun, **who)
        return max(1, math.ceil(seconds))

    def _name(self, key: Key) -> str:
        return self._limit.key_for(*key.parts)
