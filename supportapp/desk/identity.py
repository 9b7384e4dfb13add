"""Sessions: who a token stands for, and new tokens for those who have signed in."""

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from supportapp.config import Settings
from supportapp.desk.access import close_session
from supportapp.desk.audit import Actor
from supportapp.desk.directory import Directory
from supportapp.desk.session import Session
from supportapp.desk.signing import Signing
from supportapp.desk.tokens import key_of
from supportapp.desk.trusted import Trusted
from supportapp.desk.viewer import Viewer, is_before
from supportapp.errors import FactorMissing, InvalidSession, NotFound
from supportapp.store.database import Connection, Database
from supportapp.store.sessions import select_closed
from supportapp.store.users import User, select_session, select_users

MOST_COOKIES = 10
"""Cookies of the session's name that are looked at."""


class Identity:
    """Reads and makes tokens (docs/protocol.md, "Sessions"); the account decides, not the token.

    `changed` is called after a session was ended here; `banned` tells of a person whether they may not come in now.
    """

    def __init__(self, settings: Settings, database: Database, directory: Directory) -> None:
        self._signing = Signing(settings)
        self.issue, self.limits = self._signing.issue, self._signing.limits
        self._database = database
        self._directory = directory
        self.trusted_tokens = Trusted()
        self.changed: Callable[[], None] = lambda: None
        self.banned: Callable[[str], bool] = lambda usuario: False

    async def session(self, *tokens: str, restricted: bool = False) -> Session:
        """The first of `tokens` that stands: another program's cookie may have the same name, or an old one remain.

        With `restricted` also one that is good for the own account only, for which `FactorMissing` is raised otherwise.
        Raises `InvalidSession` without one, and `DatabaseUnavailable` when nobody can tell.
        """
        error: type[InvalidSession] = InvalidSession
        for token in tokens[:MOST_COOKIES]:
            with contextlib.suppress(InvalidSession):
                session = await self._session(token)
                if restricted or not session.restricted:
                    return session
                error = FactorMissing
        raise error

    async def _session(self, token: str) -> Session:
        claims, doubts = self._signing.claims(token), self.trusted_tokens.doubts
        user, used = await select_session(self._database, claims["user"], key_of(claims))
        session = self._signing.session(claims, user, used) if user else None
        if session is None or user is None or not self._stands(user, session) or is_over(session):
            self.trusted_tokens.forget(token)
            raise InvalidSession
        self._directory.meet(session.viewer)
        if doubts == self.trusted_tokens.doubts and not session.restricted:
            self.trusted_tokens.checked(token, session.viewer)
        return session

    def signed_for(self, tokens: Iterable[str]) -> str | None:
        """Whose the first of `tokens` is that we could have made, by its signature alone; None without one."""
        for token in tokens:
            with contextlib.suppress(InvalidSession):
                return str(self._signing.claims(token)["user"])
        return None

    async def judge(
        self, sessions: Sequence[Session], db: Database | Connection | None = None
    ) -> list[Viewer | None]:
        """Who these sessions stand for now, None where one is over; raises `DatabaseUnavailable`."""
        db = db or self._database
        people = await select_users(db, sorted({one.viewer.usuario for one in sessions}))
        closed = await select_closed(db, sorted({one.key for one in sessions}))
        return [
            None if one.key in closed else self._now(one, people.get(one.viewer.usuario)) for one in sessions
        ]

    async def require(self, session: Session, connection: Connection) -> None:
        """That it still stands for the same person in the same role; raises `InvalidSession`."""
        [now] = await self.judge([session], connection)
        if now is None or now.rol != session.viewer.rol:
            raise InvalidSession

    def _now(self, session: Session, user: User | None) -> Viewer | None:
        if user is None or is_over(session) or not self._stands(user, session):
            return None
        if self._signing.restricts(user.rol, session.modo) and not session.restricted:
            return None
        return replace(session.viewer, nombre=user.nombre, rol=user.rol, administra=user.administra)

    def _stands(self, user: User, session: Session) -> bool:
        """Whether a session holds for the account as it is now."""
        ended = is_before(session.viewer.sesion, user.sesiones_desde)
        if not user.activo or self.banned(user.usuario) or ended:
            return False
        return self._signing.fits(user.rol, session)

    async def close(self, tokens: Iterable[str], direccion: str | None = None) -> None:
        """End the sessions of `tokens` here and in every process, their renewals too; raises `DatabaseUnavailable`."""
        for token in tokens:
            with contextlib.suppress(InvalidSession, NotFound):  # another program's, or of who is gone
                claims = self._signing.claims(token)
                self.trusted_tokens.forget(token)
                actor = Actor(claims["user"], direccion)
                await close_session(self._database, self._signing.row(claims), "salida", actor)
        self.changed()

    def trusted(self, *tokens: str) -> Viewer | None:
        """The person of a token that this process checked lately: for sending while the database is away.

        Raises `InvalidSession` where none of `tokens` verifies.
        """
        verified = False
        for token in tokens[:MOST_COOKIES]:
            with contextlib.suppress(InvalidSession):
                self._signing.claims(token)
                verified = True
                if viewer := self.trusted_tokens.get(token):
                    return viewer
        if not verified:
            raise InvalidSession
        return None


def is_over(session: Session) -> bool:
    """Whether its time has come, as far as it is known."""
    return time.time() >= session.expires
