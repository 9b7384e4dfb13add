"""`/cuenta`: what people do with their own account: where they are signed in, and their password."""

import asyncio
import secrets
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from supportapp.desk.access import end_sessions
from supportapp.desk.viewer import Viewer
from supportapp.errors import N_, FormErrors
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.users import select_user
from supportapp.web import cookies
from supportapp.web.browsers import in_words
from supportapp.web.current import current_session, desk, render, text
from supportapp.web.guards import own_account
from supportapp.web.managing import by
from supportapp.web.proof import Unproven, prove
from supportapp.web.session import AWAY

log = structlog.get_logger("supportapp.web")
blueprint = Blueprint("account", __name__)

HERE = "/cuenta"
DONE: Mapping[str, str] = MappingProxyType(
    {
        "clave": N_("La contraseña se ha cambiado, y todas las demás sesiones se han cerrado."),
        "factor": N_("El segundo factor se ha quitado, y todas las demás sesiones se han cerrado."),
        "sesion": N_("La sesión se ha cerrado."),
        "sesiones": N_("Todas las demás sesiones se han cerrado."),
    }
)


@blueprint.get("/cuenta")
@own_account
async def account(viewer: Viewer) -> ResponseReturnValue:
    return await draw(viewer, {})


@blueprint.post("/cuenta/clave")
@own_account
async def password(viewer: Viewer) -> ResponseReturnValue:
    """A new password, for who knows the old one; this browser goes on with a new session, no other does."""
    form = await request.form
    actual, new, repeated = (form.get(name, "") for name in ("actual", "pass", "pass2"))
    try:
        user = await prove(viewer, actual)
        await desk().accounts.change_password(user, new, repeated, by(viewer))
    except Unproven as refusal:
        return await draw(viewer, {"actual": refusal.sentence}, refusal.status, refusal.wait)
    except FormErrors as error:
        return await draw(viewer, error.sentences, 422)
    except DatabaseUnavailable:  # nobody knows: what was typed is typed again
        return await draw(viewer, {"actual": AWAY}, 503)
    desk().identity.changed()
    log.info("password changed", usuario=viewer.usuario)
    response = redirect(f"{HERE}?hecho=clave", 303)
    cookies.start_session(response, user, modo=current_session().modo)
    return response


@blueprint.post("/cuenta/sesiones/<sesion>/fin")
@own_account
async def end(viewer: Viewer, sesion: str) -> ResponseReturnValue:
    """End one of one's own sessions; every page and socket of it is cut, on every process."""
    await desk().sessions.end(viewer, sesion, by(viewer))
    desk().identity.changed()
    return redirect(f"{HERE}?hecho=sesion", 303)


@blueprint.post("/cuenta/sesiones/fin")
@own_account
async def end_others(viewer: Viewer) -> ResponseReturnValue:
    """End all others, also those that nobody has seen yet: so this one ends too, and one of ours goes on with another token."""
    await end_sessions(desk().database, viewer.usuario, by(viewer))
    desk().identity.changed()
    log.info("sessions ended", usuario=viewer.usuario)
    if current_session().modo == "sitio":  # a site's token is not exchanged for one of ours
        response = redirect("/login", 303)
        cookies.clear_token(response)
        return response
    response = redirect(f"{HERE}?hecho=sesiones", 303)
    # Another session with the same end: ending others must not make this one longer.
    of = {"fin": int(current_session().ends), "sid": secrets.token_hex(16), "modo": current_session().modo}
    cookies.start_session(response, viewer, of)
    return response


async def draw(viewer: Viewer, errors: dict[str, str], status: int = 200, wait: int = 0) -> Response:
    try:
        open_ones = await desk().sessions.of(viewer)
        user = await select_user(desk().database, viewer.usuario)
        factor = await desk().factors.of(viewer.usuario)
        codes = await desk().factors.codes_left(viewer.usuario) if factor else 0
    except DatabaseUnavailable:
        if not errors:
            raise
        open_ones, user, factor, codes = [], None, None, 0
    names = {one.navegador or "" for one in open_ones}
    page = render(
        "cuenta.html",
        sessions=sorted(open_ones, key=lambda one: one.sesion != current_session().key),
        browsers=await asyncio.to_thread(lambda: {name: in_words(name) for name in names}),
        has_password=bool(errors or (user and user.pass_hash)),
        factor=factor,
        codes=codes,
        factors=desk().factors.available,
        session=current_session(),
        errors={field: text(sentence) for field, sentence in errors.items()},
        done=text(done) if (done := DONE.get(request.args.get("hecho", ""))) else "",
    )
    response = Response(page, status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
