"""What stands in a token: its claims, whether they can be true, and what a session is known by."""

import hashlib
import json
import secrets
import time
from typing import Any

import jwt

from supportapp.errors import InvalidSession

ALGORITHM = "HS256"
LIFETIME = 3600
"""Seconds a session lives without use."""
FUTURE = 60
"""Seconds by which the clock of whoever made a token may be ahead."""
ISSUER = "soporte"
"""Marks the tokens made here: only they are renewed, up to their `fin`."""
LATEST = 2**53
"""Seconds beyond which a time is none."""
CLAIMS = ("user", "name", "rol", "exp")


def make(person: dict[str, str], key: str, longest: int, of: dict[str, Any] | None = None) -> str:
    """A token of ours; as a renewal it keeps the session and the end `of` the old one."""
    now = time.time()
    fin, sid = (of["fin"], of["sid"]) if of else (int(now) + longest, secrets.token_hex(16))
    own = {**person, "iss": ISSUER, "fin": fin, "sid": sid}
    return jwt.encode(own | {"iat": now, "exp": min(int(now) + LIFETIME, fin)}, key, ALGORITHM)


def read(token: str, key: str, longest: int) -> dict[str, Any]:
    """The claims of a token that may live `longest` seconds; raises `InvalidSession`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options={"require": list(CLAIMS), "verify_iat": False, "verify_aud": False},
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError, OverflowError, TypeError):
        raise InvalidSession from None
    if not is_plausible(claims, time.time(), longest):
        raise InvalidSession
    return claims


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
    made = float(claims["exp"] - LIFETIME)
    return made if made <= time.time() else float(claims["exp"] - longest)
