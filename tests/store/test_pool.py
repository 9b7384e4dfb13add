"""The pool gives every slot back, whatever happens to those who hold or await one."""

import asyncio

import pytest

from supportapp.store.failures import NoRoom
from supportapp.store.pool import Pool


class Fake:
    """A connection whose death and slowness are chosen."""

    def __init__(self) -> None:
        self.alive = True
        self.answering = True
        self.finished = False

    def usable(self) -> bool:
        return self.alive

    def silent(self) -> bool:
        return self.alive

    async def prove(self) -> None:
        if not self.answering:
            raise ConnectionError

    def abandon(self) -> None:
        self.alive = False

    async def finish(self) -> None:
        self.alive = False
        self.finished = True


class Opener:
    """Makes fakes; `slow` and `broken` say how."""

    def __init__(self) -> None:
        self.opened: list[Fake] = []
        self.slow = self.broken = False

    async def __call__(self) -> Fake:
        if self.slow:
            await asyncio.sleep(60)
        if self.broken:
            raise ConnectionError("away")
        self.opened.append(Fake())
        return self.opened[-1]


@pytest.fixture
def opener() -> Opener:
    return Opener()


async def free_slots(pool: Pool[Fake], size: int) -> None:
    """All slots can be had at once."""
    async with asyncio.timeout(1):
        taken = [await pool.acquire() for _ in range(size)]
    for connection in taken:
        pool.release(connection)


async def test_a_connection_is_used_again(opener: Opener) -> None:
    pool = Pool(opener, 2)
    first = await pool.acquire()
    pool.release(first)
    assert await pool.acquire() is first
    assert len(opener.opened) == 1


async def test_a_waiter_gets_the_slot_of_a_connection_that_died(opener: Opener) -> None:
    pool = Pool(opener, 1)
    first = await pool.acquire()
    waiter = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    assert not waiter.done()
    pool.discard(first)
    pool.release(first)
    async with asyncio.timeout(1):
        assert await waiter is opener.opened[1]


async def test_cancelled_waiters_take_no_slot(opener: Opener) -> None:
    pool = Pool(opener, 2)
    held = [await pool.acquire(), await pool.acquire()]
    waiters = [asyncio.create_task(pool.acquire()) for _ in range(10)]
    await asyncio.sleep(0)
    pool.release(held[0])  # its slot is on the way to a waiter that is cancelled now
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    for waiter in waiters:
        if not waiter.cancelled():
            pool.release(waiter.result())
    pool.release(held[1])
    await free_slots(pool, 2)


async def test_cancelled_and_failed_opening_takes_no_slot(opener: Opener) -> None:
    pool = Pool(opener, 2)
    opener.slow = True
    tasks = [asyncio.create_task(pool.acquire()) for _ in range(6)]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    opener.slow, opener.broken = False, True
    for _ in range(6):
        with pytest.raises(ConnectionError):
            await pool.acquire()
    opener.broken = False
    await free_slots(pool, 2)


async def test_one_that_does_not_answer_is_replaced_and_the_other_idle_ones_are_dropped(
    opener: Opener,
) -> None:
    pool = Pool(opener, 3, trust=0)
    held = [await pool.acquire() for _ in range(3)]
    for connection in held:
        connection.answering = False
        pool.release(connection)
    fresh = await pool.acquire()
    assert fresh not in held
    assert not any(connection.alive for connection in held)
    assert len(opener.opened) == 4


async def test_an_old_connection_is_replaced(opener: Opener) -> None:
    pool = Pool(opener, 1, recycle=0)
    first = await pool.acquire()
    pool.release(first)
    assert await pool.acquire() is not first
    assert not first.alive


async def test_closing_says_goodbye_to_the_idle_and_cuts_off_what_comes_back_later(opener: Opener) -> None:
    pool = Pool(opener, 2)
    idle, busy = await pool.acquire(), await pool.acquire()
    pool.release(idle)
    await pool.close()
    assert idle.finished
    assert busy.alive
    pool.release(busy)
    assert not busy.alive


class Few(Opener):
    """No more than `room` connections at once."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    async def __call__(self) -> Fake:
        await asyncio.sleep(0)
        if sum(one.alive for one in self.opened) >= self.room:
            raise NoRoom("1226")
        return await super().__call__()


async def test_where_there_is_no_room_for_one_more_those_that_are_there_are_shared() -> None:
    pool = Pool(Few(2), 5)
    held = [await pool.acquire(), await pool.acquire()]

    async def use() -> Fake:
        connection = await pool.acquire()
        await asyncio.sleep(0)
        pool.release(connection)
        return connection

    waiters = [asyncio.create_task(use()) for _ in range(20)]
    await asyncio.sleep(0.01)
    assert not any(waiter.done() for waiter in waiters)
    for connection in held:
        pool.release(connection)
    async with asyncio.timeout(1):
        assert set(await asyncio.gather(*waiters)) <= set(held)


@pytest.mark.parametrize("smaller_for", [0.0, 0.005, 0.05])
async def test_whoever_gives_up_waiting_for_room_takes_no_slot_and_gives_none(
    monkeypatch: pytest.MonkeyPatch, smaller_for: float
) -> None:
    monkeypatch.setattr("supportapp.store.pool.SMALLER_FOR", smaller_for)
    few = Few(1)
    pool = Pool(few, 4)
    held = await pool.acquire()
    for _ in range(5):
        waiters = [asyncio.create_task(pool.acquire()) for _ in range(6)]
        await asyncio.sleep(0.01)
        for waiter in waiters:
            waiter.cancel()
        await asyncio.gather(*waiters, return_exceptions=True)
    pool.release(held)
    await asyncio.sleep(0.1)
    few.room = 10
    await free_slots(pool, 4)
    taken = [await pool.acquire() for _ in range(4)]
    fifth = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.01)
    assert not fifth.done()
    fifth.cancel()
    for connection in taken:
        pool.release(connection)


async def test_without_a_connection_of_its_own_a_pool_says_that_there_is_no_room() -> None:
    pool = Pool(Few(0), 3)
    for _ in range(6):
        with pytest.raises(NoRoom):
            await pool.acquire()
