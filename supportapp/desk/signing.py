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
        self._factor_required = settings.admin_second_factor == "required"

    def limits(self, rol: str) -> Limits:
        """Of the sessions of people in this role."""
        return self._limits[rol]

    def issue(
        self,
        usuario: str,
        nombre: str,
        rol: str,
        of: dict[str, Any] | None = None,
        *,
        modo: str = "clave",
        at: float | None = None,
    ) -> str:
        """A token for this person, who came in by `modo`; a renewal keeps the session, the end and the way `of` the old one.

        `at`: when they showed what lets them in; what ended their sessions since then ends this one, too.
        """
        person = {"user": usuario, "name": nombre, "rol": rol}
        return make(person, self._keys[0], self.limits(rol), of, modo, at)

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
        viewer = Viewer(user.usuario, user.nombre, user.rol, began, key_of(claims), user.administra)
        life, modo = claims["exp"] - began, mode(claims)
        restricted = self.restricts(user.rol, modo)
        return Session(viewer, life, expires, last, unused, modo, restricted, self.renewal(claims, user))

    def restricts(self, rol: str, modo: str) -> bool:
        """Whether somebody in this role who came in like that may do nothing but get a second factor."""
        return self._factor_required and rol == "admin" and modo != "factor"

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
