"""That it is still the owner who sits there: some changes want the password once more."""

from dataclasses import dataclass

from supportapp.desk.viewer import Viewer
from supportapp.errors import FIELD_SENTENCES
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.users import User
from supportapp.web.attempts import Key
from supportapp.web.current import address, desk, web
from supportapp.web.session import AWAY, BUSY, BUSY_SECONDS, TOO_MANY


@dataclass(frozen=True)
class Unproven(Exception):  # noqa: N818
    """What is said beside the password, with which status, and after how many seconds to try again."""

    sentence: str
    status: int
    wait: int = 0


async def prove(viewer: Viewer, actual: str) -> User:
    """The viewer's account, whose password `actual` is; raises `Unproven`."""
    if desk().accounts.busy:
        raise Unproven(BUSY, 429, BUSY_SECONDS)
    # Counted by the person who is here: strangers who guess at the sign-in page must not keep the owner from this.
    keys = (Key("auth", "direccion", address()), Key("cuenta", "persona", viewer.usuario))
    if wait := web().attempts.count(*keys, address=address()):
        raise Unproven(TOO_MANY, 429, wait)
    try:
        user = await desk().accounts.check_password(viewer.usuario, actual, address())
    except DatabaseUnavailable:  # nothing was tried
        web().attempts.give_back(*keys)
        raise Unproven(AWAY, 503) from None
    if user is None or user.usuario != viewer.usuario:
        raise Unproven(FIELD_SENTENCES["wrong"], 422)
    web().attempts.give_back(*keys)
    return user
