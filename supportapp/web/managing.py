"""As whom people act on what is their own, and who may come to `/administracion`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import TooManyRequests

from supportapp.desk.audit import Actor, reason
from supportapp.desk.viewer import Viewer
from supportapp.errors import N_
from supportapp.store.database import Connection
from supportapp.store.users import select_user
from supportapp.web.attempts import Key
from supportapp.web.current import address, current_session, desk, web
from supportapp.web.guards import AccessError, load_viewer, still_here

P = ParamSpec("P")
R = TypeVar("R")

NO_REASON = N_("Escriba el motivo: queda en el registro.")
NOT_SURE = N_("Marque la casilla para confirmarlo.")


OWN = 5
"""How many times SIGN_IN_LIMIT a person may change what is their own."""


class Unsure(Exception):  # noqa: N818
    """Something is missing that must be there before it is done: the sentence that says what; `force`: a second box."""

    def __init__(self, sentence: str, *, force: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.force = force


def managers_only(
    view: Callable[Concatenate[Viewer, P], Awaitable[R]],
) -> Callable[P, Awaitable[R]]:
    """Call `view` with the viewer; raises `AccessError` for everybody who may not see to the people."""

    @wraps(view)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        viewer = await load_viewer(admins=True)
        if not viewer.administra:
            desk().refusals.note("rechazo", address(), quien=viewer.usuario, por="no_administra")
            raise AccessError("no_admin", admins=True)
        return await view(viewer, *args, **kwargs)

    guarded.guard = "managers_only"  # type: ignore[attr-defined]
    return guarded


async def still_manages(connection: Connection) -> None:
    """Under the lock of all such changes: raises `AccessError` where the session or the right ended meanwhile."""
    await still_here(connection)
    user = await select_user(connection, current_session().viewer.usuario)
    if user is None or not user.administra:
        raise AccessError("no_admin", admins=True)


def by(viewer: Viewer) -> Actor:
    """For what people do with what is their own; so often that nobody fills the audit with it, 429 beyond."""
    if wait := web().attempts.count(Key("propio", "persona", viewer.usuario, times=OWN), address=address()):
        raise TooManyRequests(retry_after=wait)
    return Actor(viewer.usuario, address(), require=still_here)


def acting(viewer: Viewer, form: MultiDict[str, str], *, sure: bool) -> Actor:
    """As whom `form` is done; raises `Unsure` without a reason, and where it has to be confirmed and is not."""
    motivo = reason(form.get("motivo", ""))
    if not motivo:
        raise Unsure(NO_REASON)
    if sure and not form.get("confirmar"):
        raise Unsure(NOT_SURE)
    return Actor(viewer.usuario, address(), motivo, still_manages)
