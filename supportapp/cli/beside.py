"""What stands beside the chat: the Redis that wakes its processes, and the canary of the one that runs here."""

import asyncio
import math
import re

from redis.asyncio import Redis
from redis.exceptions import RedisError

from supportapp.cli.finding import Finding
from supportapp.cli.handshake import http_get
from supportapp.config import Settings
from supportapp.realtime.canary import loopback
from supportapp.realtime.redis_connection import close, connection_options
from supportapp.values import host_in_url

PATIENCE = 3.0
FIGURE = re.compile(r"^(soporte_canary_\w+)(?:\{process=\S+\})? (\S+)$", re.MULTILINE)


async def look_at_redis(settings: Settings) -> Finding | None:
    """Whether the Redis of `REDIS_URL` answers; None where there is none to be looked at."""
    if settings.redis_url is None:
        return None
    redis: Redis = Redis.from_url(
        settings.redis_url, **connection_options(settings.redis_url, settings.redis_verify, PATIENCE)
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await redis.publish("soporte:doctor", b"")
    except (RedisError, OSError, TimeoutError) as error:
        said = str(error).split("@")[-1] or "no answer in time"  # never with a password
        if "certificate" in said.lower():
            said += "; if nobody vouches for it, as on Heroku, set REDIS_VERIFY=0"
        return Finding(
            "redis", f"{said}. Nothing is lost by it, processes hear of each other later. Check REDIS_URL"
        )
    finally:
        await close(redis)
    return Finding(
        "redis", remark="answers" + ("" if settings.redis_verify else ", its certificate is not checked")
    )


async def look_at_canary(settings: Settings) -> Finding | None:
    """The figures of the canary of the process on this machine; None where the canary is off."""
    if not settings.canary:
        return None
    if settings.metrics_token is None:
        return Finding("canary", remark="on; set METRICS_TOKEN to see its figures here")
    headers = {"Authorization": f"Bearer {settings.metrics_token.get_secret_value()}"}
    try:
        status, text = await http_get(
            f"http://{host_in_url(loopback(settings))}:{settings.port}", "/metrics", headers, most=1_000_000
        )
    except (OSError, TimeoutError):
        return Finding("canary", remark="on, but no chat runs on this machine to ask")
    figures: dict[str, float] = {}
    for name, value in FIGURE.findall(text):  # of several processes the worst
        figures[name] = max(float(value), figures.get(name, -math.inf))
    if status != 200 or "soporte_canary_lost" not in figures:
        return Finding(
            "canary", f"/metrics answers {status} without its figures; is it the chat of these settings?"
        )
    if figures["soporte_canary_lost"]:
        return Finding(
            "canary",
            f"lost: {figures['soporte_canary_lost']:.0f}; acknowledged messages are not in the table",
        )
    times = ", ".join(
        f"{stage} p50 {figures[f'soporte_canary_{stage}_seconds_p50'] * 1000:.0f} ms"
        f" p95 {figures[f'soporte_canary_{stage}_seconds_p95'] * 1000:.0f} ms"
        for stage in ("acknowledged", "delivered")
    )
    return Finding("canary", remark=f"lost: 0; {times}")
