"""How much may come at once and in the long run: a bucket that fills by itself."""

import time

from limits import parse

SMALLEST = 1000
"""Entries that are kept before those that have rested are looked for."""


class Bucket:
    """`burst` at once, `per_second` on and on."""

    __slots__ = ("_burst", "_empty_at", "_per_second")

    def __init__(self, burst: float, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._empty_at = 0.0

    def take(self, amount: float = 1.0, spare: float = 0.0) -> float:
        """Take `amount`, leave at least `spare` and return 0.0; or take nothing and return the seconds to wait."""
        now = time.monotonic()
        due = max(self._empty_at, now) + amount / self._per_second
        missing = due - now - (self._burst - spare) / self._per_second
        if missing > 0:
            return missing
        self._empty_at = due
        return 0.0

    @property
    def full(self) -> bool:
        return self._empty_at <= time.monotonic()


class Buckets:
    """A bucket for each key; one that is full again is forgotten."""

    def __init__(self, burst: float, per_second: float) -> None:
        self._size = burst, per_second
        self._buckets: dict[str, Bucket] = {}
        self._look_at = SMALLEST

    def take(self, key: str, amount: float = 1.0, spare: float = 0.0) -> float:
        """As `Bucket.take`, from the bucket of `key`."""
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._look_at:
                self._buckets = {name: kept for name, kept in self._buckets.items() if not kept.full}
                self._look_at = max(SMALLEST, 2 * len(self._buckets))
            bucket = self._buckets[key] = Bucket(*self._size)
        return bucket.take(amount, spare)


def rate_of(limit: str) -> tuple[float, float]:
    """The bucket of `limit` (such as `300/15 seconds`): so much at once, and so much a second."""
    item = parse(limit)
    return item.amount, item.amount / item.get_expiry()


def twice(limit: str, burst: float, per_second: float) -> tuple[float, float]:
    """A bucket's size that leaves room for twice `limit`, and at least this much."""
    at_once, each_second = rate_of(limit)
    return max(burst, 2 * at_once), max(per_second, 2 * each_second)
