"""Who may come in: cross-site requests, the session and its renewal, the admins' routes."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, Literal, ParamSpec, TypeVar

import structlog
from quart import abort, g, request

from supportapp.desk.tokens import tokens_in
from supportapp.desk.viewer import Viewer
from supportapp.errors import FactorMissing, InvalidSession
from supportapp.store.database import Connection, DatabaseUnavailable
from supportapp.web.current import SECRET, address, current_session, desk
from supportapp.web.lasting import is_alone
from supportapp.web.reads import count_read

log = structlog.get_logger("supportapp.web")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SAME_SITE = frozenset({"same-origin", "none"})

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, Awaitable[R]]
Guarded = Callable[Concatenate[Viewer, P], Awaitable[R]]


class AccessError(Exception):
    """A request without the session or the role that its route needs; `admins`: it is an admins' route."""

    def __init__(
        self, reason: Literal["no_token", "bad_token", "no_factor", "no_admin"], *, admins: bool
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.admins = admins


def signed_in(view: Guarded[P, R]) -> View[P, R]:
    """Call `view` with the viewer; raises `AccessError` for a stranger."""

    @wraps(view)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        return await view(await load_viewer(admins=False), *args, **kwargs)

    guarded.guard = "signed_in"  # type: ignore[attr-defined]  # so that a test can see that no route was forgotten
    return guarded


def own_account(view: Guarded[P, R]) -> View[P, R]:
    """Like `signed_in`, and for admins, too, who have yet to get the second factor that they need elsewhere."""

    @wraps(view)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        return await view(await load_viewer(admins=False, restricted=True), *args, **kwargs)

    guarded.guard = "own_account"  # type: ignore[attr-defined]
    return guarded


def signed_in_lately(view: Guarded[P, R]) -> View[P, R]:
    """Like `signed_in`, but whoever was known a moment ago is still known while the database is away."""

    @wraps(view)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            viewer = await load_viewer(admins=False)
        except DatabaseUnavailable:
            known = desk().identity.trusted(*tokens_of_request(admins=False))
            if known is None:
                raise
            g.viewer = viewer = known
        return await view(viewer, *args, **kwargs)

    guarded.guard = "signed_in"  # type: ignore[attr-defined]
    return guarded


def admins_only(view: Guarded[P, R]) -> View[P, R]:
    """Call `view` with the viewer; raises `AccessError` for everybody who is no admin."""

    @wraps(view)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        return await view(await load_viewer(admins=True), *args, **kwargs)

    guarded.guard = "admins_only"  # type: ignore[attr-defined]
    return guarded


async def load_viewer(*, admins: bool, restricted: bool = False) -> Viewer:
    try:
        session = await desk().identity.session(*tokens_of_request(admins=admins), restricted=restricted)
    except FactorMissing:
        raise AccessError("no_factor", admins=admins) from None
    except InvalidSession:
        count_read("direccion", address())
        raise AccessError("bad_token", admins=admins) from None
    count_read("persona", session.viewer.usuario)
    g.viewer, g.session, g.renewal = session.viewer, session, session.renewal
    if not is_alone():
        desk().sessions.seen(session, address(), request.headers.get("User-Agent", ""))
    if admins and not session.viewer.is_admin:
        desk().refusals.note("rechazo", address(), quien=session.viewer.usuario, por="no_admin")
        raise AccessError("no_admin", admins=True)
    return session.viewer


def tokens_of_request(*, admins: bool) -> list[str]:
    """What may be the session's token, in the browser's order; raises `AccessError` without any."""
    tokens = tokens_in(request.cookies)
    if not tokens:
        count_read("direccion", address())
        raise AccessError("no_token", admins=admins)
    return tokens


async def still_here(connection: Connection) -> None:
    """For a change that waited for its turn: raises `AccessError` where the session of this request ended meanwhile."""
    try:
        await desk().identity.require(current_session(), connection)
    except InvalidSession:
        raise AccessError("bad_token", admins=False) from None


async def viewer_or_none() -> Viewer | None:
    """The viewer, on routes that are open to strangers too."""
    try:
        return await load_viewer(admins=False)
    except AccessError:
        return None


async def refuse_cross_site() -> None:
    """403 for what another site makes a browser send; who sends neither header is no browser.

    An `Origin` decides: a host name that leads here by another's will (DNS rebinding) is its own "same origin".
    """
    if request.method in SAFE_METHODS:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "none")
    if origin == "null" and site == "same-origin" and request.blueprint in SECRET:
        return  # what a page sends that tells nobody its address; a form of another site is never `same-origin`
    if site not in SAME_SITE if origin is None else not desk().settings.admits(origin, request.host):
        if origin is not None:
            log.warning(
                "a form from another address was refused; set PUBLIC_URL to the one people open",
                origin=origin,
            )
        abort(403)
