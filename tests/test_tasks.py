"""Tasks that run side by side end together, and leave nothing behind."""

import asyncio
import contextlib

import pytest

from supportapp.tasks import end, until_one_ends


async def for_ever(ended: list[str]) -> None:
    try:
        await asyncio.sleep(60)
    finally:
        ended.append("ended")


async def fail_after(seconds: float) -> None:
    await asyncio.sleep(seconds)
    raise ConnectionError("cut")


async def test_the_first_failure_ends_all_and_is_raised() -> None:
    ended: list[str] = []
    with pytest.raises(ConnectionError, match="cut"):
        await until_one_ends(for_ever(ended), fail_after(0.01), for_ever(ended))
    assert ended == ["ended", "ended"]


async def test_time_limits_work_as_before_afterwards() -> None:
    for _ in range(3):
        with pytest.raises(ConnectionError):
            await until_one_ends(for_ever([]), fail_after(0.01))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.sleep(1)


async def test_who_waits_may_be_cancelled() -> None:
    ended: list[str] = []
    waiting = asyncio.create_task(until_one_ends(for_ever(ended), for_ever(ended)))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == ["ended", "ended"]


async def test_a_cancellation_that_a_library_lost_is_said_again() -> None:
    async def deaf(times: int) -> None:
        for _ in range(times):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    tasks = [asyncio.create_task(deaf(1)), asyncio.create_task(deaf(2))]
    await asyncio.sleep(0)
    await asyncio.wait_for(end(tasks), 5)
    assert all(task.done() for task in tasks)
