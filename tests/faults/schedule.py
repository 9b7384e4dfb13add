"""A schedule: people type, one fault is injected again and again as the seed says, and then everybody is asked."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from tests.faults.checker import Violation, check
from tests.faults.faults import Fault
from tests.faults.history import History, percentile
from tests.faults.outages import late, waits
from tests.faults.world import World

Load = Mapping[str, int]
ROOM: Load = MappingProxyType({"memory": 80 * 1024 * 1024, "tasks": 20, "descriptors": 12})
"""By how much they may have grown: what it remembers is bounded, and Python gives little back."""
FOREVER = 10.0**6
"""Milliseconds that stand in the table for what was never heard, which is a broken promise."""
CLEARED_WITHIN = 60.0
"""Seconds in which the connections of strangers who never leave must be gone: a ping and its timeout."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a schedule."""

    violations: list[Violation]
    counts: Counter[str]

    def broken(self, promise: str) -> int:
        return sum(violation.promise == promise for violation in self.violations)


async def run(world: World, fault: Fault, seed: str, seconds: float) -> Result:
    """Inject `fault` for `seconds` while people type; then mend everything, wait until it is quiet, and check."""
    rng = Random(seed)
    await world.typing(True)
    await asyncio.sleep(1)
    before = await load(world)
    until, injected = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        await fault(world, rng)
        injected += 1
        await asyncio.sleep(rng.uniform(0.3, 1.2))
    await world.heal()
    await world.typing(False)
    quiet = await world.settle()
    history = await world.history()
    violations = [*check(history), *late(history), *await grown(world, before), *await defects(world)]
    if not quiet:
        pages = [page for page in await world.pages() if not page["quiet"]]
        violations.append(Violation("I8", "never quiet", str(pages)))
    return Result(violations, count(history, injected))


async def grown(world: World, before: Load) -> list[Violation]:
    """I13: soon, memory, tasks and descriptors are what they were, but for what is bounded."""
    until = time.monotonic() + CLEARED_WITHIN
    found = list(more_than(before, await load(world)))
    while found and time.monotonic() < until:
        await asyncio.sleep(0.25)
        found = list(more_than(before, await load(world)))
    return found


async def defects(world: World) -> list[Violation]:
    """I13: whatever was done to it, every part of a process lives, and nothing met it that it was not made for."""
    found = []
    for process in world.processes:
        tries = [await asyncio.to_thread(process.answers) for _ in range(3)]
        if not any(tries):
            found.append(Violation("I13", "ended", f"a part of {process.name} has ended, or all of it"))
        found += [Violation("I13", "defect", line) for line in process.exceptions()]
    return found


async def load(world: World) -> Load:
    """What the processes hold now; tasks and descriptors of all together, because people move between them."""
    memory = [process.memory for process in world.processes]
    tasks = [await asyncio.to_thread(process.count_tasks) for process in world.processes]
    descriptors = [process.descriptors for process in world.processes]
    return {"memory": max(memory), "tasks": sum(map(sum, tasks)), "descriptors": sum(descriptors)}


def more_than(before: Load, now: Load) -> Iterator[Violation]:
    for kind, figure in now.items():
        if figure > before[kind] + ROOM[kind]:
            yield Violation("I13", kind, f"{before[kind]} became {figure}")


def count(history: History, injected: int) -> Counter[str]:
    counts: Counter[str] = Counter(faults=injected, stored=len(history.rows))
    for op in history.ops:
        if op.what in {"typed", "sent", "connected", "restarted"}:
            counts[op.what] += 1
        elif op.what == "answered":
            counts[op.estado or op.error or "?"] += 1
        elif op.what == "heard" and op.provisional:
            counts["provisional"] += 1
    typed = [op.at for op in history.all("typed")]
    if typed:
        counts["a second"] = round(len(typed) / max(1.0, (typed[-1] - typed[0]) / 1000))
    counts["p99 ms"] = round(min(percentile(waits(history), 0.99), FOREVER))
    return counts
