"""Between the password and the code: a cookie of its own says who has shown the one, and opens nothing."""

import hashlib
from typing import Any

import jwt
from quart import redirect, request
from quart.typing import ResponseTypes

from supportapp.desk.tokens import decode
from supportapp.store.users import User, select_user
from supportapp.web import cookies
from supportapp.web.addresses import same_site_path
from supportapp.web.current import HOME, desk

STEP = "/auth/segundo"
COOKIE = "paso"
STEP_SECONDS = 300
"""For which whoever knew the password may look for their device."""


def next_step(user: User, target: str, at: float) -> ResponseTypes:
    """The password was right, `at` that time: now the code."""
    response = redirect(STEP, 303)
    claims = {"paso": user.usuario, "de": mark(user), "a": target, "iat": at, "exp": int(at) + STEP_SECONDS}
    token = jwt.encode(claims, desk().settings.secrets[0], "HS256")
    response.set_cookie(COOKIE, token, **step_cookie(), max_age=STEP_SECONDS)
    return response


def step_cookie() -> dict[str, Any]:
    return cookies.attributes() | {"path": STEP, "samesite": "Strict"}


def mark(user: User) -> str:
    """What changes with the password."""
    return hashlib.sha256((user.pass_hash or "").encode()).hexdigest()[:32]


async def in_step() -> tuple[User, str, float] | None:
    """Who has shown the password lately, where they want to go, and when that was."""
    try:
        claims = decode(
            request.cookies.get(COOKIE, ""),
            desk().settings.secrets,
            {"require": ["iat", "exp", "paso", "de", "a"]},
        )
    except (jwt.InvalidTokenError, ValueError):
        return None
    user = await select_user(desk().database, claims["paso"])
    known = user and user.activo and claims["de"] == mark(user)
    return (user, same_site_path(claims["a"], HOME), float(claims["iat"])) if user and known else None


def end_step(response: ResponseTypes) -> None:
    response.delete_cookie(COOKIE, **step_cookie())
