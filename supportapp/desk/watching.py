"""What the operator sees of the desk: figures that are looked at when somebody asks, and those that would be missed."""

import asyncio
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC

import structlog

from supportapp import __version__
from supportapp.desk.committer import Committer
from supportapp.desk.follower import Follower
from supportapp.desk.metrics import Metrics
from supportapp.desk.outage import Outage
from supportapp.desk.writer import Writer
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.longest_wait import select_longest_wait

TICK = 0.25
WHO_WAITS_EVERY = 60.0
"""Seconds between questions who waits for longest: it reads every conversation."""

log = structlog.get_logger("supportapp.metrics")


@dataclass
class Watching:
    """Registers the figures of these parts; `run` measures what has to be measured all the time."""

    metrics: Metrics
    database: Database
    committer: Committer
    writer: Writer
    outage: Outage | None
    followers: Sequence[Follower]
    _waits_since: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        watch, database = self.metrics.watch, self.database
        built = {"version": __version__, "python": platform.python_version(), "database": database.dialect}
        self.metrics.fact("soporte_build_info", "What runs", built)
        watch("soporte_queue_messages", "Messages that wait for the writer", lambda: self.writer.waiting)
        watch("soporte_database_broken", "1 while messages cannot be stored at once", lambda: self.broken)
        watch("soporte_pool_in_use", "Connections to the database that are lent", lambda: database.load[0])
        watch("soporte_pool_waiting", "Who waits for a connection to the database", lambda: database.load[1])
        lags = {one.table: one.lag for one in self.followers}
        self.metrics.watch_each(
            "soporte_follower_lag_seconds", "Since the table was last read to its end", "table", lags
        )
        about = "For how long the person has been waiting who waits for longest, looked at once a minute"
        watch("soporte_longest_waiting_seconds", about, self._longest_wait)
        self._watch_spool(self.outage)
        self._lag = self.metrics.times("soporte_loop_lag_seconds", "How late the event loop is")
        self._outages = self.metrics.counter("soporte_outages", "Times that messages could not be stored")
        self._away = self.metrics.counter("soporte_outage_seconds", "For how long they could not, in all")

    @property
    def broken(self) -> bool:
        return self.committer.broken or bool(self.outage and self.outage.on)

    def _longest_wait(self) -> float:
        return 0.0 if self._waits_since is None else max(time.time() - self._waits_since, 0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        was_broken, before, look = False, time.monotonic(), 0.0
        while True:
            due = time.monotonic() + TICK
            await asyncio.sleep(TICK)
            now = time.monotonic()
            self._lag.observe(max(now - due, 0.0))
            if self.broken:
                self._outages.inc(not was_broken)
                self._away.inc(now - before)
            was_broken, before = self.broken, now
            if now >= look:
                look = now + WHO_WAITS_EVERY
                await self._look_who_waits()

    async def _look_who_waits(self) -> None:
        try:
            since = await select_longest_wait(self.database)
        except DatabaseUnavailable:
            return  # that it is away is told elsewhere
        except Exception:  # one figure is no reason to end the process
            log.exception("who waits cannot be told")
            return
        self._waits_since = since.replace(tzinfo=UTC).timestamp() if since else None

    def _watch_spool(self, outage: Outage | None) -> None:
        watch = self.metrics.watch
        for name, about, look in (
            (
                "soporte_spool_messages",
                "Messages on this disk only",
                lambda: outage.spooled[0] if outage else 0,
            ),
            ("soporte_spool_bytes", "Their size", lambda: outage.spooled[1] if outage else 0),
            (
                "soporte_spool_oldest_seconds",
                "For how long the first of them has been there",
                lambda: outage.oldest if outage else 0,
            ),
            (
                "soporte_spool_refused_messages",
                "Messages of this process that can never be stored, in a file .refused in SPOOL_DIR",
                lambda: outage.put_away if outage else 0,
            ),
        ):
            watch(name, about, look)
