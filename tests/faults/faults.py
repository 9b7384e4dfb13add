"""What can break, each as one injection: it breaks something, waits a while drawn from the seed, and mends it."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from types import MappingProxyType

import pymysql

from tests.faults import backup, hostile
from tests.faults.history import Restore
from tests.faults.proxy import DOWN, UP, Proxy
from tests.faults.world import World

Fault = Callable[[World, Random], Awaitable[None]]
SPOOL_ROOM = 40_000
"""Bytes that a file may have on the full disk: a spool begins with 12 KB."""


async def nothing(world: World, rng: Random) -> None:
    """To compare with."""
    await asyncio.sleep(rng.uniform(0.5, 1.5))


async def app_killed(world: World, rng: Random) -> None:
    process = rng.choice(world.processes)
    await process.end(signal.SIGKILL)
    await asyncio.sleep(rng.uniform(0, 1.5))
    await process.start_again()


async def app_stopped(world: World, rng: Random) -> None:
    """SIGSTOP, perhaps with the counter's lock in its hand."""
    process = rng.choice(world.processes)
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(rng.uniform(0.5, 5))
    process.signal(signal.SIGCONT)


async def rolling_restart(world: World, rng: Random) -> None:
    for process in world.processes:
        await process.end(signal.SIGTERM)
        await process.start_again()
        await asyncio.sleep(rng.uniform(0.3, 1))


async def database_killed(world: World, rng: Random) -> None:
    await down(world, world.mariadb.kill, rng.uniform(0.5, 3), world.mariadb.start)


async def database_stopped(world: World, rng: Random) -> None:
    await down(world, world.mariadb.pause, rng.uniform(0.5, 4), world.mariadb.resume)


async def database_restarted(world: World, rng: Random) -> None:
    await down(world, world.mariadb.stop, rng.uniform(0, 1), world.mariadb.start)


async def database_restored(world: World, rng: Random) -> None:
    """An operator puts a dump back that is some seconds old."""
    await asyncio.to_thread(backup.dump, world.mariadb, world.name)
    await asyncio.sleep(rng.uniform(0.5, 3))
    for proxy in world.database:
        proxy.cut(refuse=True)
    head = await asyncio.to_thread(backup.restore, world.mariadb, world.name)
    world.restores.append(Restore(time.time() * 1000, head))
    await asyncio.sleep(rng.uniform(0, 1))
    for proxy in world.database:
        proxy.heal()
    await asyncio.sleep(rng.uniform(1, 3))


async def mid_commit(world: World, rng: Random) -> None:
    """Connections to the database are killed while they write, or reset on the way with the answer in flight."""
    for _ in range(rng.randint(5, 20)):
        await asyncio.sleep(rng.uniform(0.01, 0.15))
        if rng.random() < 0.5:
            rng.choice(world.database).cut()
        else:
            await asyncio.to_thread(kill_connections, world, rng)


async def spool_killed(world: World, rng: Random) -> None:
    """The application dies with messages that only its own disk has."""
    world.mariadb.kill()
    await asyncio.sleep(rng.uniform(0.8, 2))
    for process in world.processes if rng.random() < 0.5 else world.processes[:1]:
        await process.end(signal.SIGKILL)
    await asyncio.sleep(rng.uniform(0, 1))
    await asyncio.to_thread(world.mariadb.start)
    await world.heal()


async def spool_full(world: World, rng: Random) -> None:
    """The database is away, and the spool's disk takes nothing more."""
    for process in world.processes:
        process.limit_files(SPOOL_ROOM)
    await down(world, world.mariadb.kill, rng.uniform(1, 3), world.mariadb.start)
    for process in world.processes:
        process.limit_files(-1)


async def redis_killed(world: World, rng: Random) -> None:
    assert world.redis
    world.redis.kill()
    await asyncio.sleep(rng.uniform(0.2, 2))
    await asyncio.to_thread(world.redis.start)
    await asyncio.sleep(rng.uniform(0, 1))


async def redis_stopped(world: World, rng: Random) -> None:
    assert world.redis
    world.redis.pause()
    await asyncio.sleep(rng.uniform(0.2, 3))
    world.redis.resume()


async def redis_cut(world: World, rng: Random) -> None:
    """Subscribers are cut, or hear nothing any more on a connection that stays."""
    assert world.bus
    if rng.random() < 0.5:
        world.bus.cut()
    else:
        world.bus.silence(*rng.choice([(), (UP,), (DOWN,)]))
        await asyncio.sleep(rng.uniform(0.3, 2))
        world.bus.heal()


async def clock_jumps(world: World, rng: Random) -> None:
    """A process' wall clock steps by up to half an hour, ahead or back, and is put right after a while."""
    process = rng.choice(world.processes)
    process.set_clock(rng.choice([-1, 1]) * 10 ** rng.uniform(-1, 3.25))
    await asyncio.sleep(rng.uniform(0.5, 3))
    process.set_clock(0)


async def network_cut(world: World, rng: Random) -> None:
    """Clients lose their connections, and sometimes cannot come back to one of the processes for a while."""
    door = rng.choice(world.doors)
    door.cut(refuse=rng.random() < 0.5)
    await asyncio.sleep(rng.uniform(0, 2))
    door.heal()


async def network_slow(world: World, rng: Random) -> None:
    door = rng.choice([*world.doors, *world.database])
    door.delay = rng.uniform(0.02, 0.6)
    await asyncio.sleep(rng.uniform(1, 3))
    door.heal()


async def network_half_open(world: World, rng: Random) -> None:
    """Connections stay and say nothing: in one way or both, to clients or to the database."""
    await half_open(rng.choice([*world.doors, *world.database]), rng)


async def network_half_closed(world: World, rng: Random) -> None:
    rng.choice([*world.doors, *world.database]).half_close()
    await asyncio.sleep(rng.uniform(0.2, 1.5))


async def clients_killed(world: World, rng: Random) -> None:
    """Browsers fall over with messages that nobody has acknowledged."""
    group = rng.choice(world.groups)
    if rng.random() < 0.5:
        for door in world.doors:
            door.cut(refuse=True)
        await asyncio.sleep(rng.uniform(0.2, 1))
    await group.kill()
    for door in world.doors:
        door.heal()
    await asyncio.sleep(rng.uniform(0, 1))
    await group.start()


async def strangers(world: World, rng: Random) -> None:
    """Floods, fuzzed frames, slow loris, readers that stop reading and storms of repeats, while people talk."""
    attacks = (attack(world, Random(rng.random())) for attack in hostile.ATTACKS)
    await asyncio.gather(*attacks)


async def anything(world: World, rng: Random) -> None:
    """Two of the others, one soon after the other."""
    names = rng.sample([name for name in FAULTS if name not in {"anything", "database_restored"}], 2)
    for name in names:
        await FAULTS[name](world, rng)


async def down(world: World, stop: Callable[[], None], seconds: float, start: Callable[[], None]) -> None:
    """The database is away for `seconds`; marked, because there is a promise about that time."""
    stopping = asyncio.to_thread(stop)
    world.mark("database down")
    await stopping
    await asyncio.sleep(seconds)
    world.mark("database up")
    await asyncio.to_thread(start)


async def half_open(proxy: Proxy, rng: Random) -> None:
    proxy.silence(*rng.choice([(), (UP,), (DOWN,)]))
    await asyncio.sleep(rng.uniform(0.5, 8))
    if rng.random() < 0.5:
        proxy.cut()
    proxy.heal()


def kill_connections(world: World, rng: Random) -> None:
    with contextlib.suppress(pymysql.err.MySQLError):  # it has just left by itself
        for row in world.mariadb.execute("SHOW PROCESSLIST"):
            if row["db"] == world.name and (row["Command"] == "Query" or rng.random() < 0.3):
                world.mariadb.execute(f"KILL {row['Id']}")


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.__name__: fault
        for fault in (
            nothing,
            app_killed,
            app_stopped,
            rolling_restart,
            database_killed,
            database_stopped,
            database_restarted,
            database_restored,
            mid_commit,
            spool_killed,
            spool_full,
            redis_killed,
            redis_stopped,
            redis_cut,
            clock_jumps,
            network_cut,
            network_slow,
            network_half_open,
            network_half_closed,
            clients_killed,
            strangers,
            anything,
        )
    }
)  # fmt: skip
