"""Connections to Redis that fail quickly and never mend themselves in silence."""

import asyncio
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECT_WITHIN = 2.0
CLOSE_WITHIN = 0.2

log = structlog.get_logger("supportapp.bus")


def connection_options(url: str, verify: bool, timeout: float) -> dict[str, Any]:
    """What redis-py is told: no retries of its own, a timeout in seconds, and certificates as the setting says."""
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": CONNECT_WITHIN,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
        "protocol": 2,
    }
    if url.startswith("rediss:") and not verify:
        options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    return options


async def close(*connections: PubSub | Redis) -> None:
    """Let go of the connections, however dead they are."""
    try:
        async with asyncio.timeout(CLOSE_WITHIN):
            for connection in connections:
                await connection.aclose()
    except Exception as error:
        log.debug("not closed in order", reason=repr(error))
