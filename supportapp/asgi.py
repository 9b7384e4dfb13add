"""Joins the two doors before one desk: Socket.IO around Quart."""

from typing import Any

import socketio

from supportapp.config import Settings, load_settings
from supportapp.desk.desk import Desk
from supportapp.logs import configure_logging
from supportapp.realtime.door import create_realtime
from supportapp.realtime.frames import FrameGuard
from supportapp.web.app import create_web


class Application:
    """The ASGI application, and what its runner needs besides: `drain`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk = Desk(settings)
        self._realtime = create_realtime(self.desk)
        self.web = create_web(self.desk)
        self.web.before_serving(self.desk.start)
        self.web.after_serving(self.desk.stop)
        self._asgi = FrameGuard(socketio.ASGIApp(self._realtime, self.web), "/socket.io/")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._asgi(scope, receive, send)

    async def drain(self, timeout: float = 3.0) -> None:
        """Say goodbye to every socket so that its client comes back by itself; at most `timeout` seconds."""
        await self._realtime.drain(timeout)


def create_app(settings: Settings | None = None) -> Application:
    """The application for `settings` (default: the environment's): hypercorn 'supportapp.asgi:create_app()'."""
    settings = settings or load_settings()
    configure_logging(settings)
    return Application(settings)
