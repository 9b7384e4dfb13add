"""Sessions: who a token stands for, and new tokens for those who have signed in."""

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from supportapp.config import Settings
from supportapp.desk.access import close_session
from supportapp.desk.audit import Actor
from supportapp.desk.directory import Directory
from supportapp.desk.signing import Signing
from supportapp.desk.tokens import ends, key_of, mode
from supportapp.desk.trusted import Trusted
from supportapp.desk.viewer import Viewer, is_before
from supportapp.errors import InvalidSession, NotFound
from supportapp.store.database import Connection, Database
from supportapp.store.sessions import select_closed
from supportapp.store.users import User, select_session, select_users

MOST_COOKIES = 10
"""Cookies of the session's name that are looked at."""


@dataclass(frozen=True, slots=True)
class Session:
    """A valid token's person; `renewal` is a fresh token where the old one should be replaced."""

    viewer: Viewer
    expires: float
    ends: float
    """When no token of it counts any more, in seconds; renewals do not move it."""
    modo: str
    """`clave`: somebody signed in here; `sitio`: a token that the owner's site made."""
    renewal: str | None

    @property
    def key(self) -> str:
        """What it is known by once it has been signed out of."""
        assert self.viewer.sesion_clave is not None, "a session's person acts in it"
        return self.viewer.sesion_clave


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

    async def session(self, *tokens: str) -> Session:
        """The first of `tokens` that stands: another program's cookie may have the same name, or an old one remain.

        Raises `InvalidSession` without one, and `DatabaseUnavailable` when nobody can tell.
        """
        for token in tokens[:MOST_COOKIES]:
            with contextlib.suppress(InvalidSession):
                return await self._session(token)
        raise InvalidSession

    async def _session(self, token: str) -> Session:
        claims, doubts = self._signing.claims(token), self.trusted_tokens.doubts
        user = await select_session(self._database, claims["user"], key_of(claims))
        issued = self._signing.began(claims)
        if user is None or not self._stands(user, issued, claims["exp"], ends(claims), mode(claims)):
            self.trusted_tokens.forget(token)
            raise InvalidSession
        viewer = Viewer(user.usuario, user.nombre, user.rol, issued, key_of(claims), user.administra)
        self._directory.meet(viewer)
        if doubts == self.trusted_tokens.doubts:
            self.trusted_tokens.checked(token, viewer)
        return Session(viewer, claims["exp"], ends(claims), mode(claims), self._signing.renewal(claims, user))

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
        issued, over = session.viewer.sesion, time.time() >= session.expires
        if (
            user is None
            or over
            or not self._stands(user, issued, session.expires, session.ends, session.modo)
        ):
            return None
        return Viewer(user.usuario, user.nombre, user.rol, issued, session.key)

    def _stands(self, user: User, issued: float | None, expires: float, until: float, modo: str) -> bool:
        """Whether a session holds for the account as it is now."""
        if not user.activo or self.banned(user.usuario) or is_before(issued, user.sesiones_desde):
            return False
        return self._signing.fits(user.rol, issued or 0, expires, until, modo)

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
