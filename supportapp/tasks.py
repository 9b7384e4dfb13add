"""Tasks that run side by side, and their end."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

AGAIN_AFTER = 1.0
"""Seconds that a cancelled task has for its last words, before it is taken for one that has not heard."""


async def until_one_ends(*runs: Coroutine[Any, Any, None]) -> None:
    """Run them side by side until one ends, end the others, and raise what it raised.

    Not a TaskGroup: before Python 3.13 it can leave its own task counted as cancelled, and the next
    `asyncio.timeout` that expires there ends the task instead of raising.
    """
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in tasks if task.done()]
    finally:
        await end(tasks)
    for task in ended:
        task.result()


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel them and wait until they are over.

    Again and again: before Python 3.12 `asyncio.wait_for`, which libraries use, loses a cancellation that comes
    together with its result.
    """
    tasks = list(tasks)
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=AGAIN_AFTER)
    await asyncio.gather(*tasks, return_exceptions=True)  # whoever waits for them knows what they raised
