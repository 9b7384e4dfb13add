"""What stands in a token: its claims, whether they can be true, and what a session is known by."""

import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from supportapp.errors import InvalidSession

ALGORITHM = "HS256"
HOUR = 3600
"""Seconds that a token lives, at most if it is ours; that one of a site without `iat` is taken to live, at least."""
FUTURE = 60
"""Seconds by which the clock of whoever made a token may be ahead."""
ISSUER = "soporte"
"""Marks the tokens made here: only they are renewed, up to their `fin`."""
LATEST = 2**53
"""Seconds beyond which a time is none."""
COOKIE, HOST_COOKIE = "token", "__Host-token"
"""Of the session; the second over https, where no other name of the domain can set it."""
CLAIMS = ("user", "name", "rol", "exp")


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a session made here, in seconds: how long it lives without use, and at most."""

    idle: int
    longest: int

    @property
    def token(self) -> int:
        """How long one of its tokens lives, which use replaces; after that its row says whether it was used."""
        return min(self.idle, HOUR)


def make(
    person: dict[str, str],
    key: str,
    limits: Limits,
    of: dict[str, Any] | None = None,
    modo: str = "clave",
    at: float | None = None,
) -> str:
    """A token of ours; as a renewal it keeps the session and the end `of` the old one."""
    now = at or time.time()
    fin, sid = (of["fin"], of["sid"]) if of else (int(now) + limits.longest, secrets.token_hex(16))
    own = {**person, "iss": ISSUER, "fin": fin, "sid": sid, "modo": of.get("modo", modo) if of else modo}
    return jwt.encode(own | {"iat": now, "exp": min(int(now) + limits.token, fin)}, key, ALGORITHM)


class Cookies(Protocol):
    """What a browser sent: of one name there may be several."""

    def getlist(self, key: str) -> list[str]: ...


def tokens_in(cookies: Cookies) -> list[str]:
    """What may be the session's token: of the name that only we can set first, then in the browser's order."""
    return [token for name in (HOST_COOKIE, COOKIE) for token in cookies.getlist(name) if token]


def read(token: str, keys: Sequence[str], own: int, site: int) -> dict[str, Any]:
    """The claims of a token signed with one of `keys`; raises `InvalidSession`.

    `own`, `site`: how many seconds one of ours may live at most, and one that a site made. One of ours may have
    lapsed: until the end of its session use can make it good again.
    """
    options = {"require": list(CLAIMS), "verify_iat": False, "verify_aud": False, "verify_exp": False}
    try:
        claims = decode(token, keys, options)
    except (jwt.InvalidTokenError, ValueError, RecursionError, OverflowError, TypeError):
        raise InvalidSession from None
    now = time.time()
    if not is_plausible(claims, now, own if is_own(claims) else site) or ends(claims) <= now:
        raise InvalidSession
    return claims


def decode(token: str, keys: Sequence[str], options: Any) -> dict[str, Any]:
    """The claims of a token that is signed with one of `keys`; raises as `jwt.decode` does."""
    for key in keys[:-1]:
        with contextlib.suppress(jwt.InvalidSignatureError):
            return dict(jwt.decode(token, key, [ALGORITHM], options))
    return dict(jwt.decode(token, keys[-1], [ALGORITHM], options))


def is_plausible(claims: dict[str, Any], now: float, longest: int) -> bool:
    """Whether the claims are of their types, not made in the future, and end within `longest` seconds."""
    if not isinstance(claims["user"], str):
        return False
    times = [claims["exp"], claims.get("iat", 0)]
    if any(type(one) not in (int, float) or not -LATEST < one < LATEST for one in times):  # NaN is not either
        return False
    return bool(claims["exp"] <= now + longest + FUTURE and claims.get("iat", 0) <= now + FUTURE)


def is_own(claims: dict[str, Any]) -> bool:
    """Whether the token was made by `issue`."""
    return (
        claims.get("iss") == ISSUER
        and "iat" in claims
        and type(claims.get("fin")) is int
        and isinstance(claims.get("sid"), str)
    )


def mode(claims: dict[str, Any]) -> str:
    """How its person came in: `clave`, with a password here; `factor`, with a code besides; `sitio`, by the owner's site."""
    if not is_own(claims):
        return "sitio"
    return "factor" if claims.get("modo") == "factor" else "clave"


def ends(claims: dict[str, Any]) -> float:
    """When no token of this session counts any more, in seconds."""
    return float(max(claims["fin"], claims["exp"]) if is_own(claims) else claims["exp"])


def has_lapsed(claims: dict[str, Any]) -> bool:
    """Whether only the use of its session can make it good."""
    return bool(claims["exp"] <= time.time())


def key_of(claims: dict[str, Any]) -> str:
    """What a session is known by after its end: 32 hexadecimal digits. A site's tokens are one session each."""
    known_by = claims["sid"] if is_own(claims) else json.dumps(claims, sort_keys=True)
    return hashlib.blake2b(known_by.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def issued_at(claims: dict[str, Any], longest: int) -> float:
    """When the token was made, in seconds; without `iat` an hour before its end.

    Where that is still to come nobody knows, so it counts as made as early as it can have been, and a new
    password ends it.
    """
    if "iat" in claims:
        return float(claims["iat"])
    made = float(claims["exp"] - HOUR)
    return made if made <= time.time() else float(claims["exp"] - longest)
