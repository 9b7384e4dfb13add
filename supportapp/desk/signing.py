"""Makes and reads tokens with the secrets and the limits of the settings; whom they stand for is `desk.identity`'s."""

import time
from typing import Any

from supportapp.config import Settings
from supportapp.desk.moment import utc_at, utc_now
from supportapp.desk.tokens import HOUR, Limits, ends, is_own, issued_at, key_of, make, mode, read
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

    def fits(self, rol: str, began: float, expires: float, ends: float, modo: str) -> bool:
        """Whether token and session are as short as they must be in this role, which may be another than when they were made."""
        limits = self.limits(rol)
        return modo == "sitio" or (expires - began <= limits.idle + 1 and ends - began <= limits.longest + 1)

    def renewal(self, claims: dict[str, Any], user: User) -> str | None:
        """A fresh token in place of an old one of ours; a site's ends when the site says so."""
        soon = min(RENEW_AFTER, self.limits(user.rol).idle / 6)
        if not is_own(claims) or claims["fin"] <= claims["exp"] or time.time() - claims["iat"] <= soon:
            return None
        return self.issue(user.usuario, user.nombre, user.rol, claims)

    def row(self, claims: dict[str, Any]) -> StoredSession:
        """Of a session that may have none yet."""
        times = utc_at(self.began(claims)), utc_now(), utc_at(ends(claims))
        return StoredSession(key_of(claims), claims["user"], mode(claims), *times, None, None)
