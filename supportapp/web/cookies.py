"""The cookies: the session's token, the language, and one that shows whether the browser keeps any."""

from typing import Any

from quart.typing import ResponseTypes

from supportapp.desk.tokens import LIFETIME
from supportapp.web.current import desk

TOKEN = "token"  # noqa: S105  # its name, as the contract has it
LANGUAGE = "lang"
PROBE = "prueba"
YEAR = 365 * 24 * 3600


def set_token(response: ResponseTypes, token: str) -> None:
    response.set_cookie(TOKEN, token, max_age=LIFETIME, **attributes())


def clear_token(response: ResponseTypes) -> None:
    response.delete_cookie(TOKEN, **attributes())


def set_language(response: ResponseTypes, lang: str) -> None:
    response.set_cookie(LANGUAGE, lang, max_age=YEAR, **attributes())


def set_probe(response: ResponseTypes) -> None:
    response.set_cookie(PROBE, "1", **attributes())


def sets_token(response: ResponseTypes) -> bool:
    return any(value.startswith(f"{TOKEN}=") for value in response.headers.getlist("Set-Cookie"))


def attributes() -> dict[str, Any]:
    secure = desk().settings.public_origin.startswith("https:")
    return {"httponly": True, "samesite": "Lax", "secure": secure, "path": "/"}
