"""Browsers that have signed in to an account before: strangers' wrong passwords do not lock them out."""

import hashlib
import hmac
import re
import secrets

from quart import request
from quart.typing import ResponseTypes

from supportapp.web.cookies import YEAR, attributes
from supportapp.web.current import desk

DEVICE = "dispositivo"
MOST_ACCOUNTS = 5
"""Of one browser; the account that signed in longest ago is forgotten."""
PART = re.compile(r"[0-9a-f]{32}")


def known_device(cuenta: str) -> str | None:
    """The browser's own random name, if it has signed in to `cuenta` (folded) before."""
    name, signatures = device()
    wanted = [sign(name, cuenta, secret) for secret in desk().settings.secrets]
    known = [hmac.compare_digest(one, signature) for one in wanted for signature in signatures]
    return name if any(known) else None


def remember_device(response: ResponseTypes, cuenta: str) -> None:
    """Let the browser prove later that it has signed in to `cuenta`."""
    name, signatures = device()
    own = sign(name, cuenta, desk().settings.secrets[0])
    kept = [own, *(signature for signature in signatures if signature != own)][:MOST_ACCOUNTS]
    response.set_cookie(
        DEVICE,
        ".".join([name, *kept]),
        max_age=YEAR,
        **(attributes() | {"path": "/auth", "samesite": "Strict"}),
    )


def device() -> tuple[str, list[str]]:
    """The browser's name and its signatures, as its cookie has them; a new name where there is none."""
    name, *signatures = request.cookies.get(DEVICE, "").split(".")[: MOST_ACCOUNTS + 1]
    if not PART.fullmatch(name):
        return secrets.token_hex(16), []
    return name, [signature for signature in signatures if PART.fullmatch(signature)]


def sign(name: str, cuenta: str, secret: str) -> str:
    """A key of its own: no token of a session can be taken for one of these, nor the other way round."""
    key = hmac.digest(secret.encode(), b"dispositivo", hashlib.sha256)
    return hmac.digest(key, f"{name} {cuenta}".encode(errors="replace"), hashlib.sha256).hex()[:32]
