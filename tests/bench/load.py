"""One run of the load generator against one server, with what the server's processes cost meanwhile."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.bench.machine import cpu_us, memory_kb
from tests.bench.servers import NotMeasurable, Server
from tests.clients.fixtures import node_path
from tests.processes import ROOT, SECRET

PATIENCE = 60.0
"""Seconds within which the last message is stored, or there is no figure."""
WINDOW = 200
"""Messages on their way at once where the server is saturated."""
SETTLE = 1.0

Figures = dict[str, float | None]


class Generator:
    """A Node program that is told what to do, a JSON a line, and answers each with a line."""

    def __init__(self, program: str, url: str, **plan: object) -> None:
        plan |= {"url": socket_url(url), "secret": SECRET, "modules": str(ROOT / "static" / "node_modules")}
        self._process = subprocess.Popen(
            [node_path(), str(ROOT / "tests/bench" / program), json.dumps(plan)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """What it answers; raises `NotMeasurable` with what went wrong."""
        assert self._process.stdin
        assert self._process.stdout
        with suppress(OSError):  # it has ended, and said why
            self._process.stdin.write(json.dumps(command) + "\n")
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the load generator ended"}
        if "error" in answer:
            raise NotMeasurable(answer["error"])
        return answer

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


class Crowd(Generator):
    """The load generator, its people inside; the admin of the chat may come in by another `door`."""

    def __init__(self, server: Server, people: int, door: str | None = None) -> None:
        super().__init__(
            "load.mjs", server.url, door=socket_url(door or server.url), acknowledged=server.acknowledged
        )
        self.server = server
        self.people = people

    def enter(self) -> Figures:
        """Everybody connects: what a handshake and an open socket cost, and what the server takes at rest."""
        memory, cpu = memory_kb(self.server.processes), cpu_us(self.server.processes)
        entered = self.do({"people": self.people})
        handshake = (cpu_us(self.server.processes) - cpu) / (self.people + 1)
        time.sleep(SETTLE)
        grown = (memory_kb(self.server.processes) - memory) / (self.people + 1)
        return {
            "handshakes_per_s": (self.people + 1) / entered["seconds"], "handshake_us": handshake,
            "rest_mb": memory / 1024, "connection_kb": grown,
        }  # fmt: skip

    def be_silent(self, seconds: float) -> Figures:
        """Nobody says anything: what share of a core, in percent, the open sockets cost."""
        cpu, begun = cpu_us(self.server.processes), time.monotonic()
        time.sleep(seconds)
        used = cpu_us(self.server.processes) - cpu
        return {"silent_percent": used / 1e4 / (time.monotonic() - begun)}

    def talk(self, count: int, rate: int | None = None) -> Figures:
        """`count` messages, `rate` a second or as fast as it goes; what each cost until the last one was stored."""
        before = self.server.stored()
        server, database = cpu_us(self.server.processes), cpu_us(self.server.database)
        begun = time.monotonic()
        told = self.do({"count": count, "rate": rate, "window": WINDOW})
        self._wait_until_stored(before + count)
        # A chat that acknowledges has stored everything when its senders know; the others are looked at.
        seconds = told["seconds"] if self.server.acknowledged else time.monotonic() - begun
        time.sleep(0.1)
        server_us = (cpu_us(self.server.processes) - server) / count
        database_us = (cpu_us(self.server.database) - database) / count
        known = told["answered"] or told["heard"]
        return {
            "stored_per_s": count / seconds, "server_us": server_us, "database_us": database_us if self.server.database else None,
            "all_us": server_us + database_us, "p50_ms": known["p50"], "p99_ms": known["p99"], "heard_p50_ms": told["heard"]["p50"], "heard_p99_ms": told["heard"]["p99"],
        }  # fmt: skip

    def _wait_until_stored(self, last: int) -> None:
        end = time.monotonic() + PATIENCE
        while (there := self.server.stored()) < last:
            if time.monotonic() > end:
                raise NotMeasurable(f"{last - there} messages were not stored within {PATIENCE:g} s")
            time.sleep(0.01)


@contextmanager
def crowd(server: Server, people: int, door: str | None = None) -> Iterator[tuple[Crowd, Figures]]:
    """`people` and an admin who are connected to `server` (the admin at another `door`), and what that cost."""
    inside = Crowd(server, people, door)
    try:
        yield inside, inside.enter()
    finally:
        inside.close()


def socket_url(url: str) -> str:
    return url.replace("http", "ws", 1)
