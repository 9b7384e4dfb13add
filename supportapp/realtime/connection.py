"""Who stands behind each socket: decided once, at connect, and never by anything the client says later."""

from typing import Any, Protocol

import structlog
from socketio import exceptions
from werkzeug.http import parse_cookie

from supportapp.desk.audience import ADMINS, room_of
from supportapp.desk.identity import Identity
from supportapp.desk.metrics import Metrics
from supportapp.desk.viewer import Viewer
from supportapp.errors import InvalidSession
from supportapp.store.database import DatabaseUnavailable

log = structlog.get_logger("supportapp.sockets")


class Rooms(Protocol):
    """What is needed of the server here."""

    async def enter_room(self, sid: str, room: str) -> None: ...


class Connections:
    """The signed-in person of every connected socket, by its sid."""

    def __init__(self, identity: Identity, rooms: Rooms, metrics: Metrics) -> None:
        self._identity = identity
        self._rooms = rooms
        self._metrics = metrics
        self.viewers: dict[str, Viewer] = {}
        metrics.watch("soporte_sockets", "Sockets of signed-in people", lambda: len(self.viewers))

    async def connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Let a person in or refuse with a message; rooms come last, when nothing can fail any more."""
        try:
            viewer = await self._identity.authenticate(token_in(environ.get("HTTP_COOKIE", "")))
        except exceptions.ConnectionRefusedError:
            raise
        except InvalidSession:
            raise exceptions.ConnectionRefusedError("Token inválido") from None
        except DatabaseUnavailable:
            raise exceptions.ConnectionRefusedError("Servicio no disponible") from None
        except Exception:  # unanswered, the client would wait for ever
            log.exception("connect failed")
            raise exceptions.ConnectionRefusedError("Servicio no disponible") from None
        self.viewers[sid] = viewer
        for room in rooms_of(viewer):
            await self._rooms.enter_room(sid, room)
        self._metrics.connects.inc()
        log.info("connected", usuario=viewer.usuario, rol=viewer.rol)

    async def disconnect(self, sid: str, reason: str = "") -> None:
        """Forget the socket; the library takes it out of its rooms."""
        viewer = self.viewers.pop(sid, None)
        if viewer:
            self._metrics.disconnects.inc()
            log.info("disconnected", usuario=viewer.usuario, reason=reason)


def rooms_of(viewer: Viewer) -> list[str]:
    return [room_of(viewer.usuario), *([ADMINS] if viewer.is_admin else [])]


def token_in(header: str) -> str:
    """The session's token in a Cookie header; refuses with the words of the reference system."""
    if not header.strip():
        raise exceptions.ConnectionRefusedError("No autenticado")
    token = parse_cookie(header).get("token")
    if not token:
        raise exceptions.ConnectionRefusedError("Token no proporcionado")
    return token
