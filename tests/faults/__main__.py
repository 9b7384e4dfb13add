"""`python -m tests.faults`: every fault with several seeds for a while each, and the table that comes of it.

Writes into a temporary folder only, which is kept where a promise was broken.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.chromium import chromium
from tests.faults.faults import FAULTS
from tests.faults.schedule import Result, run
from tests.faults.table import table
from tests.faults.world import MARIADB_OPTIONS, world
from tests.services.mariadb import MariaDB
from tests.services.redis import Redis


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="for each fault and seed (120)")
    parser.add_argument("--seeds", default="1,2,3", help="separated by commas (1,2,3)")
    parser.add_argument("--rate", type=float, default=70, help="messages a second that are typed (70)")
    parser.add_argument("--without-redis", action="store_true", help="let the processes follow the table")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"all of: {', '.join(FAULTS)}")
    return parser.parse_args()


async def main() -> int:
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    results: dict[str, list[Result]] = {}
    with services(folder) as (mariadb, redis):
        async with chromium() as browser:
            for name in options.faults or FAULTS:
                for seed in options.seeds.split(","):
                    place = made(folder / f"{name}-{seed}")
                    bus = None if options.without_redis else redis
                    begun = time.monotonic()
                    async with world(place, mariadb, bus, seed, rate=options.rate, browser=browser) as one:
                        one.held = []
                        result = await run(one, FAULTS[name], f"{name} {seed}", options.seconds)
                    results.setdefault(name, []).append(result)
                    tell(name, seed, result, time.monotonic() - begun)
    print(table(results))
    broken = any(result.violations for runs in results.values() for result in runs)
    if broken:
        print(f"histories and logs: {folder}")
    else:
        shutil.rmtree(folder)
    return int(broken)


@contextmanager
def services(folder: Path) -> Iterator[tuple[MariaDB, Redis]]:
    """What all schedules break."""
    mariadb, redis = MariaDB(made(folder / "mariadb"), *MARIADB_OPTIONS), Redis(made(folder / "redis"))
    mariadb.create()
    mariadb.start()
    redis.start()
    try:
        yield mariadb, redis
    finally:
        mariadb.stop()
        redis.stop()


def tell(name: str, seed: str, result: Result, seconds: float) -> None:
    print(
        f"{name} {seed}: {len(result.violations)} broken in {seconds:.0f} s; {dict(result.counts)}",
        flush=True,
    )
    for violation in result.violations[:10]:
        print(f"    {violation}", flush=True)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
