"""The parent of several processes: holds the socket they share, starts those that die again, rolls and ends them all."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from supportapp.processes.child import Child
from supportapp.server import STOPPING, deaf

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a process that died is started again; twice as long after each that did not last."""
LASTED = 60.0
"""Seconds after which one that dies counts as the first."""

log = structlog.get_logger("supportapp.processes")


class Parent:
    """`count` processes, each started with `command`, its number, the descriptors that all share, and one of its own.

    `ready` is called once, when the first one serves.
    """

    def __init__(
        self, command: Sequence[str], shared: Sequence[int], count: int, ready: Callable[[], None]
    ) -> None:
        self._command = command
        self._shared = shared
        self._count = count
        self._ready = ready
        self._children: list[Child] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._deaths: Counter[int] = Counter()
        self._died = 0
        self._begun = False
        self._stopping, self._roll = asyncio.Event(), asyncio.Event()

    def run(self) -> int:
        """Until SIGTERM or SIGINT; the exit status. At SIGHUP each process is replaced by a new one.

        As after `server.run` the process has to end then.
        """
        try:
            return asyncio.run(self._serve())
        finally:
            deaf()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def _serve(self) -> int:
        self._hear_signals()
        first = await self._start(1)
        if not (first and await first.serves()):
            return 0 if self._stopping.is_set() else max((first and first.status) or 1, 1)  # it has said why
        self._begun = True
        self._ready()
        for number in range(2, self._count + 1):
            await self._start(number)
        rolling = asyncio.create_task(self._roll_when_told())
        await self._stopping.wait()
        rolling.cancel()
        served = [child for child in self._children if child.served]
        await asyncio.gather(*(child.end() for child in self._children))
        return 1 if any(child.status for child in served) else 0

    def _hear_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def told(number: int, _: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._roll.set if number == signal.SIGHUP else self._stop)

        # Not the loop's own handlers: it takes them away before the process has ended.
        for number in (*STOPPING, signal.SIGHUP):
            signal.signal(number, told)

    def _stop(self) -> None:
        self._stopping.set()
        if not self._begun:
            for child in self._children:
                child.leave()

    async def _start(self, number: int) -> Child | None:
        """A new process; None where the system has no room for one now, or no interpreter."""
        try:
            child = await Child.start(self._command, number, self._shared)
        except OSError as error:
            log.error("a process cannot be started", number=number, reason=str(error))
            return None
        self._children.append(child)
        if self._stopping.is_set():
            child.leave()
        task = asyncio.create_task(self._look_after(child))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return child

    async def _look_after(self, child: Child) -> None:
        """Until it has ended, and its place is taken by another."""
        await child.listen(self._everybody)
        self._children.remove(child)
        if not self._vacant(child.number):
            return
        lasted = child.served is not None and time.monotonic() - child.served >= LASTED
        self._died += 1
        deaths = self._deaths[child.number] = 1 if lasted else self._deaths[child.number] + 1
        pause = min(FIRST_PAUSE * 2 ** min(deaths - 1, 10), LONGEST_PAUSE)
        log.error(
            "a process has ended, another takes its place",
            number=child.number, ended=child.pid, status=child.status, after_s=pause,
        )  # fmt: skip
        await asyncio.sleep(pause)
        while self._vacant(child.number) and not await self._start(child.number):  # noqa: ASYNC110
            await asyncio.sleep(LONGEST_PAUSE)

    def _vacant(self, number: int) -> bool:
        """Whether this place is to be filled."""
        taken = any(child.number == number for child in self._children)
        return self._begun and not taken and not self._stopping.is_set()

    async def _roll_when_told(self) -> None:
        while True:
            await self._roll.wait()
            self._roll.clear()
            log.info("processes are replaced, one after the other")
            if await self._replace_all():
                log.info("all processes are new")
            else:
                log.error("a new process does not start: those that run stay")

    async def _replace_all(self) -> bool:
        for number in range(1, self._count + 1):
            before = [child for child in self._children if child.number == number]
            fresh = await self._start(number)
            if fresh is None or not await fresh.serves():
                return False
            await asyncio.gather(*(child.end() for child in before))
        return True

    async def _everybody(self) -> dict[str, Any]:
        """The figures of all that serve and answer."""
        latest = {str(child.number): child for child in self._children if child.served}
        figures = await asyncio.gather(*(child.figures() for child in latest.values()))
        texts = {number: text for number, text in zip(latest, figures, strict=True) if text}
        return {"texts": texts, "wanted": self._count, "died": self._died}
