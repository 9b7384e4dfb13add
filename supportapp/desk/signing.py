"""Makes and reads tokens with the secrets and the limits of the settings; whom they stand for is `desk.identity`'s."""

import time
from datetime import datetime
from typing import Any

from supportapp.config import Settings
from supportapp.desk.moment import seconds_of, utc_at, utc_now
from supportapp.desk.session import Session
from supportapp.desk.tokens import HOUR, Limits, ends, has_lapsed, is_own, issued_at, key_of, make, mode, read
from supportapp.desk.viewer import Viewer
from supportapp.store.sessions import StoredSession
from supportapp.store.users import User

RENEW_AFTER = 600
"""Seconds after which a session in use gets a fresh token, at most."""


class Signing:
    """The tokens of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._keys = settings.secrets
        self._limits = {
            "user": Limits(settings.session_idle_hours * HOUR, settings.session_max_hours * HOUR),
            "admin": Limits(
                settings.admin_session_idle_minutes * 60, settings.admin_session_max_hours * HOUR
            ),
        }
        self._own = max(limits.longest for limits in self._limits.values())
        self._site = settings.site_token_max_hours * HOUR
        self._site_admins = settings.site_tokens == "all"

    def limits(self, rol: str) -> Limits:
        """Of the sessions of people in this role."""
        return self._limits[rol]

    def issue(self, usuario: str, nombre: str, rol: str, of: dict[str, Any] | None = None) -> str:
        """A token for this person, good until it is idle for too long; a renewal keeps the session and the end `of` the old one."""
        return make({"user": usuario, "name": nombre, "rol": rol}, self._keys[0], self.limits(rol), of)

    def claims(self, token: str) -> dict[str, Any]:
        """Of a token that may stand; raises `InvalidSession`."""
        return read(token, self._keys, self._own, self._site)

    def began(self, claims: dict[str, Any]) -> float:
        """When the token was made, in seconds."""
        return issued_at(claims, self._site)

    def session(self, claims: dict[str, Any], user: User, used: datetime | None) -> Session:
        """What `claims` say, for this account; `used`: when the session was used last, as far as that was noted."""
        limits, began, last = self.limits(user.rol), self.began(claims), ends(claims)
        unused = expires = float(claims["exp"])
        if used and is_own(claims):
            unused = min(max(expires, seconds_of(used) + limits.idle), last)
        if has_lapsed(claims):
            expires = min(time.time() + limits.token, unused)
        viewer = Viewer(user.usuario, user.nombre, user.rol, began, key_of(claims))
        life, renewal = claims["exp"] - began, self.renewal(claims, user)
        return Session(viewer, life, expires, last, unused, mode(claims), renewal)

    def fits(self, rol: str, session: Session) -> bool:
        """Whether token and session may stand for this role, which may be another than when they were made.

        Ours are as short as its sessions must be; whether a site's make an admin is a setting.
        """
        if session.modo == "sitio":
            return rol != "admin" or self._site_admins
        limits, began = self.limits(rol), session.viewer.sesion or 0
        return session.life <= limits.token + 1 and session.ends - began <= limits.longest + 1

    def renewal(self, claims: dict[str, Any], user: User) -> str | None:
        """A fresh token in place of an old one of ours; a site's ends when the site says so."""
        soon = min(RENEW_AFTER, self.limits(user.rol).token / 6)
        if not is_own(claims) or claims["fin"] <= claims["exp"] or time.time() - claims["iat"] <= soon:
            return None
        return self.issue(user.usuario, user.nombre, user.rol, claims)

    def row(self, claims: dict[str, Any]) -> StoredSession:
        """Of a session that may have none yet."""
        times = utc_at(self.began(claims)), utc_now(), utc_at(ends(claims))
        return StoredSession(key_of(claims), claims["user"], mode(claims), *times, None, None)
