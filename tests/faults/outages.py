"""I10: with the database down, a connected peer sees a message within the deadline and 100 ms."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.checker import Violation
from tests.faults.history import LIVE, Client, History, Op, percentile

LIMIT_MS = 500.0
NEVER = float("inf")


def late(history: History) -> Iterator[Violation]:
    """Slower than promised in more than one case of a hundred."""
    slow = percentile(waits(history), 0.99)
    if slow > LIMIT_MS:
        yield Violation("I10", "late", f"p99 of {len(list(waits(history)))} is {slow:.0f} ms")


def waits(history: History) -> Iterator[float]:
    """Milliseconds from sending to each peer's screen, of what was sent while the database was down.

    Peers are the sockets of others on the sender's own process: what another process has accepted, only its
    database could tell. Of messages that were refused (`ocupado`) nothing is promised.
    """
    spooled = {op.id_cliente for op in history.all("answered") if op.estado == "pendiente"}
    heard = {
        (op.socket, op.id_cliente): op.at for op in reversed(list(history.all("heard"))) if op.event in LIVE
    }
    typed = {op.id_cliente: op for op in history.all("typed")}
    sent = accepted(history)
    periods, lives = outages(history), sockets(history)
    for key in sorted(spooled & sent.keys() & typed.keys(), key=str):
        op, para = sent[key], typed[key].para
        if any(begin <= op.at <= end - LIMIT_MS for begin, end in periods):
            for life in lives:
                if life.should_hear(op, history.clients[op.client], para):
                    yield heard.get((life.socket, key), NEVER) - op.at


def accepted(history: History) -> dict[str | None, Op]:
    """When each message was sent that was taken; what was refused before counts from the next attempt."""
    sent: dict[str | None, Op] = {}
    taken = set()
    for op in history.all("sent", "answered"):
        if op.what == "sent":
            sent.setdefault(op.id_cliente, op)
        elif op.estado:
            taken.add(op.id_cliente)
        elif op.error and op.id_cliente not in taken:
            sent.pop(op.id_cliente, None)
    return sent


def outages(history: History) -> list[tuple[float, float]]:
    """When the database was down, from mark to mark."""
    found, begin = [], 0.0
    for op in history.all("mark"):
        if op.mensaje == "database down":
            begin = op.at
        elif op.mensaje == "database up" and begin:
            found.append((begin, op.at))
            begin = 0.0
    return found


def sockets(history: History) -> list["Life"]:
    """Every socket that ever was."""
    found: dict[str | None, Life] = {}
    for op in history.all("connected", "heard", "answered"):
        if op.what == "connected":
            found[op.socket] = Life(op.socket, history.clients[op.client], op.url, op.at, op.at)
        elif op.socket in found and op.error != "perdido":
            found[op.socket].end = op.at
    return list(found.values())


@dataclass(slots=True)
class Life:
    """A socket from its connect to the last that came over it: one that is half-open is not connected."""

    socket: str | None
    client: Client
    url: str | None
    begin: float
    end: float

    def should_hear(self, sent: Op, sender: Client, para: str | None) -> bool:
        """Somebody else's socket on the same process, there before it was sent and long enough after."""
        concerned = self.client.admin or self.client.usuario == para
        there = self.begin < sent.at - LIMIT_MS and self.end > sent.at + 3 * LIMIT_MS and self.url == sent.url
        return concerned and there and self.client.usuario != sender.usuario
