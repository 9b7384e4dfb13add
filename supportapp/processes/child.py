"""One of several processes, as its parent knows it."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from supportapp.processes.link import ANSWERS_WITHIN, Line
from supportapp.watchdog import WATCHDOG_SECONDS

SILENCE, MOST_SILENCES = 10.0, 3
"""Seconds without a sign of life, and how many times in a row until it is taken for dead. More than once: whoever
stopped us all for a while, a debugger or a suspended terminal, has stopped those signs, too."""
END_WITHIN = WATCHDOG_SECONDS + 1

Everybody = Callable[[], Awaitable[dict[str, Any]]]
log = structlog.get_logger("supportapp.processes")


class Child:
    """A process and the line to it. `served`: since when it serves (monotonic); `status`: how it ended."""

    def __init__(self, number: int, process: subprocess.Popen[bytes], line: Line) -> None:
        self.number = number
        self.served: float | None = None
        self.status: int | None = None
        self._process = process
        self._line = line
        self._decided, self._gone = asyncio.Event(), asyncio.Event()
        self._asking: list[asyncio.Future[str]] = []
        self._answers: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(cls, command: Sequence[str], number: int, descriptors: Sequence[int]) -> "Child":
        """Run `command` with its number, the `descriptors` it inherits, and that of its line to us."""
        process, line = spawn([*command, str(number)], descriptors)
        return cls(number, process, await Line.over(line))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def serves(self) -> bool:
        """Whether it came to serve people; waits until that is decided."""
        await self._decided.wait()
        return self.served is not None

    async def listen(self, everybody: Everybody) -> None:
        """Hear what it says until it has ended; `everybody` tells what it asks for."""
        while (heard := await self._hear()) is not None:
            if "alive" in heard:
                self.served = self.served or time.monotonic()
                self._decided.set()
            elif "mine" in heard:
                self._settle(heard["mine"])
            else:
                task = asyncio.create_task(self._tell(everybody))
                self._answers.add(task)
                task.add_done_callback(self._answers.discard)
        self._line.close()
        try:
            self.status = await asyncio.to_thread(self._process.wait, END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self.status = self._process.wait()
        self._decided.set()
        self._gone.set()

    async def figures(self) -> str:
        """Its figures; empty where it does not answer."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._asking.append(answer)
        self._line.say(figures=True)
        done, _ = await asyncio.wait([answer], timeout=ANSWERS_WITHIN)
        return answer.result() if done else ""

    def leave(self) -> None:
        """Tell it to end."""
        self._process.terminate()

    async def end(self) -> None:
        """Tell it to end, and wait until it has; one that does not is killed."""
        self.leave()
        try:
            async with asyncio.timeout(END_WITHIN):
                await self._gone.wait()
        except TimeoutError:
            self._process.kill()
            await self._gone.wait()

    async def _hear(self) -> dict[str, Any] | None:
        for _ in range(MOST_SILENCES):
            try:
                async with asyncio.timeout(SILENCE if self.served else None):
                    return await self._line.hear()
            except TimeoutError:
                continue
        log.error("a process does not answer, it is killed", number=self.number, killed=self.pid)
        self._process.kill()
        return None

    def _settle(self, figures: str) -> None:
        asking, self._asking = self._asking, []
        for answer in asking:
            answer.set_result(figures)

    async def _tell(self, everybody: Everybody) -> None:
        self._line.say(everybody=await everybody())


def spawn(
    command: Sequence[str], descriptors: Sequence[int]
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process that inherits the `descriptors` and one end of a pair of sockets, and the other end."""
    ours, theirs = socket.socketpair()
    with theirs:
        given = [*descriptors, theirs.fileno()]
        # Blocked in the child from its first moment: a hangup is for the parent, whoever sends it to all.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        try:
            process = subprocess.Popen([*command, *map(str, given)], pass_fds=given)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process, ours
