"""Sessions: who a token stands for, and new tokens for those who have signed in."""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from supportapp.config import Settings
from supportapp.desk.directory import Directory
from supportapp.desk.tokens import is_own, issued_at, key_of, make, read
from supportapp.desk.viewer import Viewer, is_before
from supportapp.errors import InvalidSession
from supportapp.store.closed_sessions import insert_closed, select_closed
from supportapp.store.database import Database
from supportapp.store.users import User, select_session, select_users

RENEW_AFTER = 600
"""Seconds after which a session in use gets a fresh token."""
TRUSTED_FOR = 600
"""Seconds after its last check that a token may still send while the database cannot be asked."""
MOST_TRUSTED = 20_000
MOST_COOKIES = 10
"""Cookies of the session's name that are looked at."""


@dataclass(frozen=True, slots=True)
class Session:
    """A valid token's person; `renewal` is a fresh token where the old one should be replaced."""

    viewer: Viewer
    expires: float
    renewal: str | None

    @property
    def key(self) -> str:
        """What it is known by once it has been signed out of."""
        assert self.viewer.sesion_clave is not None, "a session's person acts in it"
        return self.viewer.sesion_clave


class Identity:
    """Reads and makes tokens (docs/protocol.md, "Sessions"); the account decides, not the token."""

    def __init__(self, settings: Settings, database: Database, directory: Directory) -> None:
        self._key = settings.jwt_secret.get_secret_value()
        self._longest = settings.session_max_hours * 3600
        self._database = database
        self._directory = directory
        self._trusted: OrderedDict[str, tuple[Viewer, float]] = OrderedDict()

    def issue(self, usuario: str, nombre: str, rol: str, of: dict[str, Any] | None = None) -> str:
        """A token for this person, valid for `LIFETIME` seconds; a renewal keeps the session and the end `of` the old one."""
        return make({"user": usuario, "name": nombre, "rol": rol}, self._key, self._longest, of)

    async def session(self, *tokens: str) -> Session:
        """The first of `tokens` that stands: another program's cookie may have the same name, or an old one remain.

        Raises `InvalidSession` without one, and `DatabaseUnavailable` when nobody can tell.
        """
        for token in tokens[:MOST_COOKIES]:
            with contextlib.suppress(InvalidSession):
                return await self._session(token)
        raise InvalidSession

    async def _session(self, token: str) -> Session:
        claims = self._claims(token)
        user = await select_session(self._database, claims["user"], key_of(claims))
        issued = issued_at(claims, self._longest)
        if user is None or not user.activo or is_before(issued, user.sesiones_desde):
            self._trusted.pop(token, None)
            raise InvalidSession
        viewer = Viewer(user.usuario, user.nombre, user.rol, issued, key_of(claims))
        self._directory.meet(viewer)
        self._trust(token, viewer)
        return Session(viewer, claims["exp"], self._renewal(claims, user))

    def signed_for(self, tokens: Iterable[str]) -> str | None:
        """Whose the first of `tokens` is that we could have made, by its signature alone; None without one."""
        for token in tokens:
            with contextlib.suppress(InvalidSession):
                return str(self._claims(token)["user"])
        return None

    async def judge(self, sessions: Sequence[Session]) -> list[Viewer | None]:
        """Who these sessions stand for now, None where one is over; raises `DatabaseUnavailable`."""
        people = await select_users(self._database, sorted({one.viewer.usuario for one in sessions}))
        closed = await select_closed(self._database, sorted({one.key for one in sessions}))
        return [
            None if one.key in closed else self._now(one, people.get(one.viewer.usuario)) for one in sessions
        ]

    def _now(self, session: Session, user: User | None) -> Viewer | None:
        issued = session.viewer.sesion
        if (
            time.time() >= session.expires
            or user is None
            or not user.activo
            or is_before(issued, user.sesiones_desde)
        ):
            return None
        return Viewer(user.usuario, user.nombre, user.rol, issued, session.key)

    async def close(self, tokens: Iterable[str]) -> None:
        """End the sessions of `tokens` here and in every process, their renewals too; raises `DatabaseUnavailable`."""
        for token in tokens:
            with contextlib.suppress(InvalidSession):  # another program's
                claims = self._claims(token)
                self._trusted.pop(token, None)
                await insert_closed(
                    self._database, key_of(claims), claims["fin" if is_own(claims) else "exp"]
                )

    def trusted(self, *tokens: str) -> Viewer | None:
        """The person of a token that this process checked lately: for sending while the database is away.

        Raises `InvalidSession` where none of `tokens` verifies.
        """
        verified = False
        for token in tokens[:MOST_COOKIES]:
            with contextlib.suppress(InvalidSession):
                self._claims(token)
                verified = True
                viewer, since = self._trusted.get(token, (None, 0.0))
                if viewer and time.monotonic() - since < TRUSTED_FOR:
                    return viewer
        if not verified:
            raise InvalidSession
        return None

    def _renewal(self, claims: dict[str, Any], user: User) -> str | None:
        """A fresh token in place of an old one of ours; a site's ends when the site says so."""
        if not is_own(claims) or claims["fin"] <= claims["exp"] or time.time() - claims["iat"] <= RENEW_AFTER:
            return None
        return self.issue(user.usuario, user.nombre, user.rol, claims)

    def _trust(self, token: str, viewer: Viewer) -> None:
        self._trusted[token] = (viewer, time.monotonic())
        self._trusted.move_to_end(token)
        if len(self._trusted) > MOST_TRUSTED:
            self._trusted.popitem(last=False)

    def _claims(self, token: str) -> dict[str, Any]:
        return read(token, self._key, self._longest)
