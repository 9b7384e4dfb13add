"""Wakes the other processes through Redis, which may vanish at any moment: it makes news faster and carries none."""

import asyncio
import random
import secrets
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from supportapp.realtime.redis_connection import CONNECT_WITHIN, close, connection_options
from supportapp.tasks import until_one_ends

BEAT = 0.12
"""Seconds between an echo and the next call into the hall."""
ECHO_WITHIN = 0.2
"""Seconds in which the echo must be back. With `BEAT` the longest that a dead Redis goes unnoticed: 0.32 s."""
FIRST_DELAY, LONGEST_DELAY = 0.05, 2.0
"""Seconds before the next attempt, doubled each time and with jitter."""

log = structlog.get_logger("supportapp.bus")


class Moved(Exception):  # noqa: N818
    """The database has a new epoch, so the channel has another name."""


class Bus:
    """One publish for each committed batch, and one subscription that wakes this process.

    `wake` is called when another process has committed, and whenever something may have been missed: it must
    look at the table. `epoch` names the database, so that two installations on one Redis do not mix.
    `changed(healthy)` hears when Redis begins and ceases to be relied on. `healthy` is only true while what
    this process calls into Redis comes back through its subscription: both directions work.
    """

    def __init__(
        self,
        url: str,
        wake: Callable[[], None],
        epoch: Callable[[], str],
        changed: Callable[[bool], None] = lambda healthy: None,
        *,
        verify: bool = True,
    ) -> None:
        self._url = url
        self._options = connection_options(url, verify, ECHO_WITHIN)
        self._wake = wake
        self._epoch = epoch
        self._changed = changed
        self._name = secrets.token_hex(8)
        self._news = asyncio.Event()
        self._echo = asyncio.Event()
        self.healthy = False

    def published(self) -> None:
        """Others should look: this process has committed. Returns at once; several become one publish."""
        self._news.set()

    async def run(self) -> None:
        """Keep the subscription until cancelled. No failure of Redis ends it, or is waited for by anybody else."""
        delay, told = FIRST_DELAY, False
        while True:
            was_healthy = False
            try:
                await self._session()
            except Exception as error:
                was_healthy = self.healthy
                if was_healthy or not told:  # one line a change, not one an attempt
                    reason = str(error) or type(error).__name__
                    log.warning("redis is away, following the table instead", reason=reason)
                told = True
            finally:
                self._health(False)
            delay = FIRST_DELAY if was_healthy else delay
            await asyncio.sleep(delay * (0.5 + random.random()))
            delay = min(delay * 2, LONGEST_DELAY)

    async def say_last(self) -> None:
        """What `run` could not say any more before it was cancelled; gives up quickly."""
        if not self._news.is_set():
            return
        redis: Redis = Redis.from_url(self._url, **self._options)
        try:
            async with asyncio.timeout(ECHO_WITHIN):
                await redis.publish(f"soporte:{self._epoch()}", self._name)
        except Exception as error:
            log.debug("the last news was not told", reason=repr(error))
        await close(redis)

    async def _session(self) -> None:
        """One life of the connections: whatever fails ends it, so that no library reconnects in silence."""
        channel = f"soporte:{self._epoch()}"
        own = f"{channel}:{self._name}"
        redis: Redis = Redis.from_url(self._url, **self._options)
        hall = redis.pubsub()
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await hall.subscribe(channel, own)
            await until_one_ends(
                self._listen(hall), self._tell(redis, channel), self._call(redis, own, channel)
            )
        finally:
            await close(hall, redis)

    async def _listen(self, hall: PubSub) -> None:
        own = self._name.encode()
        async for said in hall.listen():
            if said["type"] != "message":
                continue
            if said["channel"].endswith(own):
                self._echo.set()
            elif said["data"] != own:  # the own dispatcher has the rows already
                self._wake()
        raise ConnectionError("the subscription ended")

    async def _tell(self, redis: Redis, channel: str) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await redis.publish(channel, self._name)
            except BaseException:
                self._news.set()  # the next connection says it
                raise

    async def _call(self, redis: Redis, own: str, channel: str) -> None:
        """Call into the hall and wait for the echo, over and over."""
        while channel == f"soporte:{self._epoch()}":
            self._echo.clear()
            async with asyncio.timeout(ECHO_WITHIN):
                await redis.publish(own, b"")
                await self._echo.wait()
            self._health(True)
            await asyncio.sleep(BEAT)
        raise Moved

    def _health(self, healthy: bool) -> None:
        if healthy == self.healthy:
            return
        self.healthy = healthy
        self._changed(healthy)
        self._wake()  # what was said while nobody listened
        if healthy:
            log.info("redis wakes us")
