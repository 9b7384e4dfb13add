"""How many sessions may be open, and how much may come in: counted by person, and by address for strangers."""

from collections import Counter

from supportapp.desk.pace import Bucket, Buckets, twice
from supportapp.realtime.callers import Caller

STRANGERS_AT_ONE_ADDRESS = 50
STRANGERS = 500
"""Sessions that were opened without a valid token; all they can get is a refusal, within `SILENT_SECONDS`."""
OPENING = 10
"""What opening a session, and asking to be let in, cost in frames."""
COMING_BACK = OPENING + 1 + OPENING
"""Both, and the frame that asks."""
BURST, PER_SECOND = 1000.0, 100.0
"""Frames of one session at once and in the long run, at least; where MESSAGE_LIMIT is high, twice that."""
SESSIONS_WORTH = 3
"""A person's sessions together may send what so many of them may."""


class Admission:
    """Counts the open sessions and what comes in through them."""

    def __init__(self, sockets_per_person: int, message_limit: str) -> None:
        self._per_person = sockets_per_person
        self._size = burst, per_second = twice(message_limit, BURST, PER_SECOND)
        self._rest = SESSIONS_WORTH * per_second  # whoever has used up everything comes back in a second
        everybody_back = COMING_BACK * sockets_per_person + self._rest
        self._callers = Buckets(max(SESSIONS_WORTH * burst, everybody_back), SESSIONS_WORTH * per_second)
        self._open: Counter[str] = Counter()
        self._strangers = 0

    def refusal(self, caller: Caller) -> str | None:
        """Why `caller` may not open another session now; None when they may, and it is counted."""
        if caller.person is None:
            if self._strangers >= STRANGERS or self._open[caller.key] >= STRANGERS_AT_ONE_ADDRESS:
                return "too many strangers"
        elif self._open[caller.key] >= self._per_person:
            return "too many sockets of one person"
        if self._callers.take(caller.key, OPENING, spare=self._rest):
            return "too fast"
        self._strangers += caller.person is None
        self._open[caller.key] += 1
        return None

    def left(self, caller: Caller) -> None:
        """A session that was counted is gone."""
        self._strangers -= caller.person is None
        self._open[caller.key] -= 1
        if not self._open[caller.key]:
            del self._open[caller.key]

    def bucket(self) -> Bucket:
        """For the frames of one session."""
        return Bucket(*self._size)

    def pays(self, caller: Caller, bucket: Bucket, frames: float) -> bool:
        """Whether so many frames may still come through the session of `bucket`."""
        return not bucket.take(frames) and not self._callers.take(caller.key, frames)
