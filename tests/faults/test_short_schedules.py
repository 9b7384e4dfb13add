"""The short tier: each fault for some seconds, over two processes, and no promise broken."""

from pathlib import Path

import pytest

from tests.faults.faults import FAULTS
from tests.faults.schedule import run
from tests.faults.world import world
from tests.services.mariadb import MariaDB
from tests.services.redis import Redis

SECONDS = 2.0
SHORT = (
    "app_killed",
    "database_killed",
    "database_stopped",
    "database_restored",
    "mid_commit",
    "spool_killed",
    "spool_full",
    "redis_cut",
    "network_half_open",
    "clients_killed",
    "strangers",
)


@pytest.mark.parametrize("fault", SHORT)
async def test_no_promise_is_broken(
    fault: str, broken_mariadb: MariaDB, redis: Redis, tmp_path: Path
) -> None:
    async with world(tmp_path, broken_mariadb, redis, "short", rate=40, heartbeat=0.6) as one:
        result = await run(one, FAULTS[fault], f"short {fault}", SECONDS)
    assert result.violations == []
    if fault in {"database_killed", "database_stopped"}:
        assert result.counts["p99 ms"] > 0, "nobody was connected whom I10 promises anything"
    assert result.counts["stored"] > 40
    assert result.counts["faults"] >= 1
