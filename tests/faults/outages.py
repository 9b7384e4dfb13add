"""I10: with the database down, a connected peer sees a message within the deadline and 100 ms."""

from collections import defaultdict
from collections.abc import Iterator

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
    sent: dict[str | None, Op] = {}
    for op in history.all("sent"):
        sent.setdefault(op.id_cliente, op)
    periods = outages(history)
    for key in spooled & sent.keys() & typed.keys():
        op = sent[key]
        if not any(begin <= op.at <= end - LIMIT_MS for begin, end in periods):
            continue
        for socket, client in peers(history, op, typed[key].para or ""):
            if (socket, key) in heard or not client.reference:
                yield heard.get((socket, key), NEVER) - op.at


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


def peers(history: History, sent: Op, para: str) -> Iterator[tuple[str, Client]]:
    """The sockets of other people that should see it: there before it was sent, and long enough after."""
    sender = history.clients[sent.client]
    lives = defaultdict(lambda: [NEVER, NEVER, ""])  # type: ignore[var-annotated]
    for name, client in history.clients.items():
        if client.usuario == sender.usuario or not (client.usuario == para or client.admin):
            continue
        lives.clear()
        for op in history.of(name, "connected", "disconnected"):
            if op.what == "connected":
                lives[op.socket][0], lives[op.socket][2] = op.at, op.url or ""
            else:
                lives[op.socket][1] = op.at
        for socket, (begin, end, url) in lives.items():
            if begin < sent.at - LIMIT_MS and end > sent.at + 3 * LIMIT_MS and url == sent.url:
                yield socket, client
