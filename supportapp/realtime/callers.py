"""Who asks at the Socket.IO door: known by the signature of a cookie, without asking the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.http import parse_cookie

from supportapp.desk.identity import Identity
from supportapp.desk.tokens import tokens_in


@dataclass(frozen=True, slots=True)
class Caller:
    """`person` as a valid token of the request has it, None for a stranger; `address` is the one to count by."""

    person: str | None
    address: str

    @property
    def key(self) -> str:
        """Whom to count this caller's doings on: the person, and a stranger by the address."""
        return f"address {self.address}" if self.person is None else f"person {self.person}"


class Callers:
    """Tells the caller of an ASGI scope; `address(scope)` knows which proxies are believed, `banned` from where nobody comes in."""

    def __init__(
        self, identity: Identity, address: Callable[[Any], str], banned: Callable[[str], bool]
    ) -> None:
        self._identity = identity
        self._address = address
        self.banned = banned

    def of(self, scope: Any) -> Caller:
        """The caller, whichever of the person's tokens they show: a renewed one is as good as the first."""
        tokens = tokens_in(parse_cookie(cookies_of(scope)))
        return Caller(self._identity.signed_for(tokens), self._address(scope))


def cookies_of(scope: Any) -> str:
    """The Cookie header; a proxy may have made several of it."""
    return "; ".join(header_values(scope, b"cookie"))


def header_values(scope: Any, name: bytes) -> list[str]:
    """All values of this header, in their order."""
    return [value.decode("latin1") for key, value in scope["headers"] if key.lower() == name]
