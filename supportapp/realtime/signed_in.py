"""Who stands behind each socket: decided at connect, judged again ever after, never by what the client says."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

import structlog
from socketio import exceptions
from werkzeug.http import parse_cookie

from supportapp.desk.audience import ADMINS, room_of
from supportapp.desk.bans import Bans
from supportapp.desk.identity import Identity
from supportapp.desk.metrics import Metrics
from supportapp.desk.session import Session
from supportapp.desk.sessions import Sessions
from supportapp.desk.tokens import tokens_in
from supportapp.desk.viewer import Viewer
from supportapp.errors import InvalidSession, SupportError
from supportapp.store.database import DatabaseUnavailable

AT_ONCE = 200
"""Sockets judged in one query."""

log = structlog.get_logger("supportapp.sockets")


class Rooms(Protocol):
    """What is needed of the server here."""

    async def enter_room(self, sid: str, room: str) -> None: ...

    async def leave_room(self, sid: str, room: str) -> None: ...

    def end(self, sid: str) -> None: ...


class SignedIn:
    """The signed-in person of every connected socket, by its sid."""

    def __init__(
        self, identity: Identity, seen: Sessions, bans: Bans, rooms: Rooms, metrics: Metrics
    ) -> None:
        self._identity, self._seen, self._bans = identity, seen, bans
        self._addresses: dict[str, str] = {}
        self._rooms, self._metrics = rooms, metrics
        self._sessions: dict[str, Session] = {}
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self.viewers: dict[str, Viewer] = {}
        metrics.watch("soporte_sockets", "Sockets of signed-in people", lambda: len(self.viewers))

    async def connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Let a person in or refuse with a message; rooms come last, when nothing can fail any more."""
        try:
            session = await self._session_now(tokens_of(environ.get("HTTP_COOKIE", "")))
        except exceptions.ConnectionRefusedError:
            raise
        except InvalidSession:
            raise exceptions.ConnectionRefusedError("Token inválido") from None
        except DatabaseUnavailable:
            raise exceptions.ConnectionRefusedError("Servicio no disponible") from None
        except Exception:  # unanswered, the client would wait for ever
            log.exception("connect failed")
            raise exceptions.ConnectionRefusedError("Servicio no disponible") from None
        viewer, address = session.viewer, environ["asgi.scope"]["caller"].address
        if self._bans.address(address):  # since it was let in at the door
            raise exceptions.ConnectionRefusedError("Token inválido")
        if not viewer.is_admin:  # whose page connects by itself: only what somebody does is use
            self._seen.seen(session, address, environ.get("HTTP_USER_AGENT", ""))
        self._addresses[sid] = address
        self._sessions[sid], self.viewers[sid] = session, viewer
        left = session.expires - time.time()
        self._expiries[sid] = asyncio.get_running_loop().call_later(left, self._cut, sid)
        for room in rooms_of(viewer):
            await self._rooms.enter_room(sid, room)
        self._metrics.connects.inc()
        log.info("connected", usuario=viewer.usuario, rol=viewer.rol)

    async def _session_now(self, tokens: Sequence[str]) -> Session:
        """As `Identity.session`; what was read while somebody's right ended is read again."""
        while True:
            doubts = self._identity.trusted_tokens.doubts
            session = await self._identity.session(*tokens)
            if doubts == self._identity.trusted_tokens.doubts:
                return session

    async def judge(self, sids: Iterable[str]) -> None:
        """Cut the sockets whose session has ended, and give the others the role that their account has now.

        One question for all of them; raises `DatabaseUnavailable`.
        """
        sessions = {sid: session for sid in sids if (session := self._sessions.get(sid))}
        viewers = await self._identity.judge(list(sessions.values()))
        for (sid, session), viewer in zip(sessions.items(), viewers, strict=True):
            if self._sessions.get(sid) is not session:  # gone meanwhile
                continue
            if viewer is None or self._bans.address(self._addresses[sid]):
                self._cut(sid)
            elif viewer != self.viewers[sid]:
                await self._change(sid, viewer)

    async def judge_people(self, names: AbstractSet[str]) -> None:
        """Judge every socket of these people, as `judge`: something of their accounts or sessions changed."""
        self._identity.trusted_tokens.doubt(names)
        sids = [sid for sid, viewer in self.viewers.items() if viewer.usuario in names]
        for start in range(0, len(sids), AT_ONCE):
            await self.judge(sids[start : start + AT_ONCE])

    def cut_banned(self) -> None:
        """Cut the sockets from where nobody may come in any more."""
        for sid in [sid for sid, address in self._addresses.items() if self._bans.address(address)]:
            self._cut(sid)

    async def viewer_now(self, sid: str) -> Viewer:
        """The person of a socket, judged again; raises `SupportError` (`sesion`) where their session is over."""
        await self.judge([sid])
        viewer = self.viewers.get(sid)
        if viewer is None:
            raise SupportError("sesion")
        return viewer

    async def _change(self, sid: str, viewer: Viewer) -> None:
        before, after = set(rooms_of(self.viewers[sid])), set(rooms_of(viewer))
        self.viewers[sid] = viewer
        for room in before - after:
            await self._rooms.leave_room(sid, room)
        for room in after - before:
            await self._rooms.enter_room(sid, room)

    def _cut(self, sid: str) -> None:
        """The session is over: its client comes again with the cookie that it has by now."""
        log.info("session over, connection cut", usuario=self.viewers[sid].usuario)
        self._rooms.end(sid)
        self._forget(sid, "session over")

    async def disconnect(self, sid: str, reason: str = "") -> None:
        """Forget the socket; the library takes it out of its rooms."""
        self._forget(sid, reason)

    def _forget(self, sid: str, reason: str) -> None:
        self._sessions.pop(sid, None)
        self._addresses.pop(sid, None)
        viewer = self.viewers.pop(sid, None)
        if viewer:
            self._expiries.pop(sid).cancel()
            self._metrics.disconnects.inc()
            log.info("disconnected", usuario=viewer.usuario, reason=reason)


def rooms_of(viewer: Viewer) -> list[str]:
    return [room_of(viewer.usuario), *([ADMINS] if viewer.is_admin else [])]


def tokens_of(header: str) -> list[str]:
    """What may be the session's token in a Cookie header; refuses with the words of the reference system."""
    if not header.strip():
        raise exceptions.ConnectionRefusedError("No autenticado")
    tokens = tokens_in(parse_cookie(header))
    if not tokens:
        raise exceptions.ConnectionRefusedError("Token no proporcionado")
    return tokens
