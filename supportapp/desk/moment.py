"""Moments, as the tables have them."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def utc_at(seconds: float) -> datetime:
    """The moment so many seconds after 1970 began."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def seconds_of(moment: datetime) -> float:
    """How many seconds after 1970 began, of a moment as the tables have it."""
    return moment.replace(tzinfo=UTC).timestamp()
