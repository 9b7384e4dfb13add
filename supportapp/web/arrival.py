"""How requests arrive: under which host, through how many proxies."""

import re
from urllib.parse import urlsplit

import jwt
import structlog
from quart import Blueprint, abort, request
from quart.typing import ResponseReturnValue

from supportapp.config import Settings
from supportapp.desk.tokens import decode
from supportapp.web.answers import answer
from supportapp.web.current import desk

WAY = "camino"
"""The purpose in the token with which an operator's command asks how its own request arrived."""
ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics"})
"""Load balancers and Prometheus ask by address."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]@/:?#\s]+)(?::\d*)?")

blueprint = Blueprint("arrival", __name__)
log = structlog.get_logger("supportapp.web")


@blueprint.get("/camino")
async def way() -> ResponseReturnValue:
    """How many addresses `X-Forwarded-For` has; for `doctor`, which knows the secret. To others it does not exist."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        decode(given, desk().settings.secrets, {"require": ["exp", WAY]})
    except jwt.InvalidTokenError:
        abort(404)
    return {"ok": True, "saltos": len(hops())}


class Arrival:
    """Refuses what came under another name, and warns, once each, of what a proxy in front gets wrong."""

    def __init__(self, settings: Settings) -> None:
        self._own = own_host(settings)
        self._proxies = settings.trusted_proxies
        self._told: set[str] = set()

    async def look(self) -> ResponseReturnValue | None:
        """421 for a foreign `Host`, where it is known which one is ours."""
        if not self._proxies and "X-Forwarded-For" in request.headers:
            self._warn(
                "X-Forwarded-For arrives and is ignored: behind a proxy set TRUSTED_PROXIES to their number"
            )
        if self._own is None or request.path in ANY_HOST:
            return None
        host = host_name(request.headers.get("Host", ""))
        if host == self._own or host in LOOPBACK:
            return None
        self._warn(
            "a request for another host is refused: let the proxy pass the header Host as PUBLIC_URL has it"
        )
        return answer(421)

    def _warn(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            log.warning(line)


def own_host(settings: Settings) -> str | None:
    """The host of `PUBLIC_URL`; without it, a chat that only this machine reaches has loopback names only."""
    if settings.public_url:
        return urlsplit(settings.public_url).hostname
    return settings.host if settings.host in LOOPBACK else None


def hops() -> list[str]:
    return [
        hop for value in request.headers.getlist("X-Forwarded-For") for hop in value.split(",") if hop.strip()
    ]


def host_name(header: str) -> str:
    """The host of a `Host` header, without its port, in the spelling of `urlsplit`; "" for what is none."""
    found = HOST.fullmatch(header)
    return found["host"].strip("[]").removesuffix(".").lower() if found else ""
