"""Sessions: who a token stands for, and new tokens for those who have signed in."""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from supportapp.config import Settings
from supportapp.desk.directory import Directory
from supportapp.desk.viewer import Viewer
from supportapp.errors import InvalidSession
from supportapp.store.database import Database
from supportapp.store.users import User, select_user

ALGORITHM = "HS256"
LIFETIME = 3600
"""Seconds a session lives without use."""
RENEW_AFTER = 600
"""Seconds after which a session in use gets a fresh token."""
TRUSTED_FOR = 600
"""Seconds after its last check that a token may still send while the database cannot be asked."""
MOST_TRUSTED = 20_000
CLAIMS = ("user", "name", "rol", "exp")
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Session:
    """A valid token's person; `renewal` is a fresh token where the old one should be replaced."""

    viewer: Viewer
    renewal: str | None


class Identity:
    """Reads and makes tokens (docs/protocol.md, "Sessions"); the account decides, not the token."""

    def __init__(self, settings: Settings, database: Database, directory: Directory) -> None:
        self._key = settings.jwt_secret.get_secret_value()
        self._database = database
        self._directory = directory
        self._trusted: OrderedDict[str, tuple[Viewer, float]] = OrderedDict()

    def issue(self, usuario: str, nombre: str, rol: str) -> str:
        """A token for this person, valid for `LIFETIME` seconds."""
        now = time.time()
        claims = {"user": usuario, "name": nombre, "rol": rol, "iat": now, "exp": int(now) + LIFETIME}
        return jwt.encode(claims, self._key, ALGORITHM)

    async def session(self, token: str) -> Session:
        """The session of `token`; raises `InvalidSession`, and `DatabaseUnavailable` when nobody can tell."""
        claims = self._claims(token)
        user = await select_user(self._database, claims["user"])
        issued = issued_at(claims)
        if user is None or not user.activo or revoked(user, issued):
            self._trusted.pop(token, None)
            raise InvalidSession
        viewer = Viewer(user.usuario, user.nombre, user.rol)
        self._directory.meet(viewer)
        self._trust(token, viewer)
        old = time.time() - issued > RENEW_AFTER
        return Session(viewer, self.issue(user.usuario, user.nombre, user.rol) if old else None)

    async def authenticate(self, token: str) -> Viewer:
        """The person of `token`; raises like `session`."""
        return (await self.session(token)).viewer

    def signed_for(self, tokens: Iterable[str]) -> str | None:
        """Whose the first of `tokens` is that we could have made, by its signature alone; None without one."""
        for token in tokens:
            with contextlib.suppress(InvalidSession):
                return str(self._claims(token)["user"])
        return None

    def trusted(self, token: str) -> Viewer | None:
        """The person of a token that this process checked lately: for sending while the database is away."""
        claims = self._claims(token)
        viewer, since = self._trusted.get(token, (None, 0.0))
        fresh = viewer and viewer.usuario == claims["user"] and time.monotonic() - since < TRUSTED_FOR
        return viewer if fresh else None

    def _trust(self, token: str, viewer: Viewer) -> None:
        self._trusted[token] = (viewer, time.monotonic())
        self._trusted.move_to_end(token)
        if len(self._trusted) > MOST_TRUSTED:
            self._trusted.popitem(last=False)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                options={"require": list(CLAIMS), "verify_iat": False, "verify_aud": False},
            )
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise InvalidSession from None
        if not isinstance(claims["user"], str) or not isinstance(claims.get("iat", 0), int | float):
            raise InvalidSession
        return claims


def issued_at(claims: dict[str, Any]) -> float:
    """When the token was made, in seconds; a site that leaves `iat` out makes tokens of one hour."""
    return float(claims.get("iat", claims["exp"] - LIFETIME))


def revoked(user: User, issued: float) -> bool:
    """Whether the account's sessions of that time have been ended (a new password does that)."""
    since = user.sesiones_desde
    return since is not None and issued < (since - EPOCH).total_seconds()
