"""How many connections there may be at once, and who goes when there are more."""

from collections import Counter
from ipaddress import ip_address
from typing import Protocol

import structlog

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

RESERVE = 64
"""Descriptors that no connection may take: databases, logs, files that are served."""
MOST = 1_000_000
"""Connections where the system sets no limit."""
NEAR, CALM = 0.9, 0.8
"""Shares of the limit at which the log warns, and below which it may warn again."""

log = structlog.get_logger("supportapp.connections")


class Connected(Protocol):
    """A connection as `Places` knows it."""

    address: str

    def cut(self) -> None:
        """End it now, without waiting for the other side."""


class Places:
    """Who is connected. `per_address`: connections of one address, this machine's own excepted; None: any number.

    When all places are taken, whoever keeps us waiting for a request goes first, then whoever has none;
    each time the one that has been at it for longest. Nobody goes whom we owe an answer.
    """

    def __init__(self, limit: int, per_address: int | None = None) -> None:
        self.limit = limit
        self._per_address = min(per_address, max(limit // 2, 1)) if per_address else None
        self._all: dict[Connected, None] = {}
        self._of: Counter[str] = Counter()
        self._owing: dict[Connected, None] = {}
        self._idle: dict[Connected, None] = {}
        self._full: set[str] = set()
        self._near = False

    def take(self, connection: Connected) -> bool:
        """Whether there is a place for `connection`; others may have been cut for it."""
        address = connection.address
        if self._per_address and self._of[address] >= self._per_address and not is_own(address):
            if address not in self._full:
                self._full.add(address)
                log.warning("an address has all its connections", address=address, limit=self._per_address)
            if not self._make_room(address):
                return False
        if len(self._all) >= self.limit and not self._make_room():
            return False
        self._all[connection] = None
        self._of[address] += 1
        self._watch()
        return True

    def leave(self, connection: Connected) -> None:
        """Free the place of `connection`; harmless to repeat."""
        if connection not in self._all:
            return
        del self._all[connection]
        self.answering(connection)
        address = connection.address
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]
            self._full.discard(address)
        self._watch()

    def owing(self, connection: Connected) -> None:
        """It has begun a request, or has yet to say its first."""
        self._put(connection, self._owing)

    def idle(self, connection: Connected) -> None:
        """It has had its answer and may ask again."""
        self._put(connection, self._idle)

    def answering(self, connection: Connected) -> None:
        """It waits for us, or is a WebSocket."""
        self._owing.pop(connection, None)
        self._idle.pop(connection, None)

    def cut(self) -> None:
        """End all connections."""
        for connection in list(self._all):
            connection.cut()

    def _put(self, connection: Connected, group: dict[Connected, None]) -> None:
        self.answering(connection)
        if connection in self._all:
            group[connection] = None

    def _make_room(self, address: str | None = None) -> bool:
        for group in (self._owing, self._idle):
            for connection in group:
                if address in (None, connection.address):
                    connection.cut()
                    self.leave(connection)
                    return True
        return False

    def _watch(self) -> None:
        count = len(self._all)
        if count >= self.limit * NEAR and not self._near:
            self._near = True
            log.warning("connections are near the limit of this process", open=count, limit=self.limit)
        elif count < self.limit * CALM:
            self._near = False


def is_own(address: str) -> bool:
    """Whether it is this machine: a proxy that nobody has told us of, or a person who looks after it."""
    try:
        parsed = ip_address(address)
        return parsed.is_loopback or parsed.is_unspecified  # what a /64 leaves of ::1
    except ValueError:
        return False


def most_connections() -> int:
    """How many connections this process may hold, once it has raised its limit of descriptors as far as it may."""
    if resource is None:
        return MOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    except (OSError, ValueError):
        log.info("the limit of descriptors stays as it is", limit=soft)
    unlimited = soft == resource.RLIM_INFINITY or soft > MOST
    return MOST if unlimited else max(soft - RESERVE, 1)
