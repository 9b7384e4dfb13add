"""How long a session lasts: use renews it, and an admin's page is told how much is left."""

import time

from quart import g, request
from quart.typing import ResponseTypes

from supportapp.desk.session import Session
from supportapp.desk.sessions import NOTED_EVERY, WRITTEN_EVERY
from supportapp.web import cookies
from supportapp.web.current import desk

LEFT = "Soporte-Sesion"


def is_alone() -> bool:
    """Whether an admin's page asks by itself: nobody has to be there for it."""
    return "Soporte-Fondo" in request.headers and g.viewer.is_admin


async def keep_session(response: ResponseTypes) -> ResponseTypes:
    """A session in use renews, unless this very answer signs in or out."""
    renewal = g.get("renewal")
    if renewal and not is_alone() and not cookies.sets_token(response):
        cookies.set_token(response, renewal, g.viewer.rol)
    return response


def left() -> str:
    """Of the session of an admin's page, in seconds: how long it lives without use, what is left of that, and until its end.

    Empty where it does not idle: a customer's is in use while its page is open, and a site's token ends when the
    site says so.
    """
    session: Session | None = g.get("session")
    if session is None or session.modo != "clave" or not session.viewer.is_admin:
        return ""
    now, idle = time.time(), desk().identity.limits("admin").idle
    # Noted now and then, and written a little later.
    unused = session.unused if is_alone() else now + idle - NOTED_EVERY - WRITTEN_EVERY
    seconds = idle, min(unused, session.ends) - now, session.ends - now
    return " ".join(str(max(0, int(one))) for one in seconds)
