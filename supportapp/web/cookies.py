"""The cookies: the session's token, the language, and one that shows whether the browser keeps any."""

from typing import Any

from quart import request
from quart.typing import ResponseTypes

from supportapp.desk.tokens import COOKIE, HOST_COOKIE
from supportapp.desk.viewer import Viewer
from supportapp.store.users import User
from supportapp.web.current import PROBE, desk

LANGUAGE = "lang"
YEAR = 365 * 24 * 3600


def set_token(response: ResponseTypes, token: str, rol: str) -> None:
    """The session's of somebody in this role; over https under a name that no other host of the domain can set, and nothing is left under the other."""
    lasting = attributes() | {"max_age": desk().identity.limits(rol).idle}
    if not secure():
        response.set_cookie(COOKIE, token, **lasting)
        return
    response.set_cookie(HOST_COOKIE, token, **lasting)
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, **attributes())


def start_session(
    response: ResponseTypes,
    person: User | Viewer,
    of: dict[str, Any] | None = None,
    *,
    modo: str = "clave",
    at: float | None = None,
) -> None:
    """A token for this person, in this browser; the arguments are those of `Identity.issue`."""
    token = desk().identity.issue(person.usuario, person.nombre, person.rol, of, modo=modo, at=at)
    set_token(response, token, person.rol)


def clear_token(response: ResponseTypes) -> None:
    response.delete_cookie(COOKIE, **attributes())
    if secure():
        response.delete_cookie(HOST_COOKIE, **attributes())


def set_language(response: ResponseTypes, lang: str) -> None:
    response.set_cookie(LANGUAGE, lang, max_age=YEAR, **attributes())


def set_probe(response: ResponseTypes) -> None:
    response.set_cookie(PROBE, "1", **attributes())


def sets_token(response: ResponseTypes) -> bool:
    names = (f"{COOKIE}=", f"{HOST_COOKIE}=")
    return any(value.startswith(names) for value in response.headers.getlist("Set-Cookie"))


def secure() -> bool:
    """Whether people come over https."""
    return desk().settings.public_origin.startswith("https:")


def attributes() -> dict[str, Any]:
    return {"httponly": True, "samesite": "Lax", "secure": secure(), "path": "/"}
