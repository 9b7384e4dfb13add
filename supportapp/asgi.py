"""Joins the two doors before one desk: Socket.IO around Quart."""

from collections.abc import Callable
from typing import Any

from supportapp.config import Settings, keep_private, load_settings
from supportapp.desk.desk import Desk
from supportapp.desk.follower import Follower
from supportapp.desk.metrics import Metrics
from supportapp.logs import configure_logging
from supportapp.realtime.bus import Bus
from supportapp.realtime.callers import Callers, header_values
from supportapp.realtime.canary import Canary
from supportapp.realtime.door import create_server, open_door
from supportapp.realtime.guard import Guard
from supportapp.realtime.hub import Hub
from supportapp.web.addresses import client_address
from supportapp.web.app import create_web
from supportapp.web.headers import file_headers

LOOK_ALONE, LOOK_WOKEN = 0.25, 1.0
"""Seconds between looks at the table: without a Redis that wakes us, and with one."""


class Application:
    """The ASGI application, and what its runner needs besides: `drain`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        metrics, self._realtime = Metrics(), create_server(settings)
        hub = Hub(self._realtime, metrics)
        self.desk = Desk(settings, hub, metrics)
        open_door(self._realtime, hub, self.desk)
        self.bus = create_bus(self.desk)
        if settings.canary:
            self.desk.background.append(Canary(self.desk).run)
        self.web = create_web(self.desk)
        self.web.before_serving(self.desk.start)
        self.web.after_serving(self._stop)
        callers = Callers(self.desk.identity, self._address, self.desk.bans.address)
        headers = {**file_headers(), "Cache-Control": "no-store"}
        polling = settings.processes == 1
        self._asgi = Guard(self._realtime.eio, self.web, callers, headers, polling=polling)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._asgi(scope, receive, send)

    async def drain(self, timeout: float = 3.0) -> None:
        """Say goodbye to every socket so that its client comes back by itself; at most `timeout` seconds."""
        await self._realtime.drain(timeout)

    def _address(self, scope: Any) -> str:
        forwarded = header_values(scope, b"x-forwarded-for")
        return client_address(scope, forwarded, self.settings.trusted_proxies)

    async def _stop(self) -> None:
        await self.desk.stop()
        if self.bus:
            await self.bus.say_last()


def create_bus(desk: Desk) -> Bus | None:
    """The bus of `desk` where `REDIS_URL` is set; it runs as long as the desk does."""
    if desk.settings.redis_url is None:
        return None

    def wake() -> None:
        for follower in desk.followers:
            follower.wake()

    def changed(healthy: bool) -> None:
        for follower in (desk.dispatcher, desk.marks):  # of changes that commands make, Redis does not tell
            follower.interval = LOOK_WOKEN if healthy else LOOK_ALONE

    def telling(follower: Follower) -> Callable[[], None]:
        def moved() -> None:
            follower.wake()
            bus.published()

        return moved

    bus = Bus(
        desk.settings.redis_url,
        wake,
        lambda: desk.dispatcher.epoca,
        changed,
        verify=desk.settings.redis_verify,
    )
    desk.on_committed.append(bus.published)
    desk.receipts.moved = telling(desk.marks)
    desk.identity.changed = telling(desk.changes)
    desk.metrics.watch("soporte_redis_healthy", "1 while Redis wakes this process", lambda: bus.healthy)
    desk.background.append(bus.run)
    return bus


def create_app(settings: Settings | None = None) -> Application:
    """The application for `settings` (default: the environment's)."""
    keep_private()
    settings = settings or load_settings()
    configure_logging(settings)
    return Application(settings)
