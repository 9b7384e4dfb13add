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
from supportapp.web.attempts import Key
from supportapp.web.browsers import in_words
from supportapp.web.current import address, current_session, desk, render, text, web
from supportapp.web.guards import signed_in
from supportapp.web.managing import by
from supportapp.web.session import AWAY, BUSY, BUSY_SECONDS, TOO_MANY

log = structlog.get_logger("supportapp.web")
blueprint = Blueprint("account", __name__)

HERE = "/cuenta"
DONE: Mapping[str, str] = MappingProxyType(
    {
        "clave": N_("La contraseña se ha cambiado, y todas las demás sesiones se han cerrado."),
        "sesion": N_("La sesión se ha cerrado."),
        "sesiones": N_("Todas las demás sesiones se han cerrado."),
    }
)


@blueprint.get("/cuenta")
@signed_in
async def account(viewer: Viewer) -> ResponseReturnValue:
    return await draw(viewer, {})


@blueprint.post("/cuenta/clave")
@signed_in
async def password(viewer: Viewer) -> ResponseReturnValue:
    """A new password, for who knows the old one; this browser goes on with a new session, no other does."""
    form = await request.form
    actual, new, repeated = (form.get(name, "") for name in ("actual", "pass", "pass2"))
    if desk().accounts.busy:
        return await draw(viewer, {"actual": BUSY}, 429, BUSY_SECONDS)
    # Counted by the person who is here: strangers who guess at the sign-in page must not keep the owner from this.
    keys = (Key("auth", "direccion", address()), Key("cuenta", "persona", viewer.usuario))
    if wait := web().attempts.count(*keys, address=address()):
        return await draw(viewer, {"actual": TOO_MANY}, 429, wait)
    try:
        user = await desk().accounts.change_password(viewer.usuario, actual, new, repeated, by(viewer))
    except FormErrors as error:
        if "actual" not in error.fields:
            web().attempts.give_back(*keys)
        return await draw(viewer, error.sentences, 422)
    except DatabaseUnavailable:  # nothing was tried, or nobody knows: what was typed is typed again
        web().attempts.give_back(*keys)
        return await draw(viewer, {"actual": AWAY}, 503)
    web().attempts.give_back(*keys)
    desk().identity.changed()
    log.info("password changed", usuario=viewer.usuario)
    response = redirect(f"{HERE}?hecho=clave", 303)
    cookies.set_token(response, desk().identity.issue(user.usuario, user.nombre, user.rol), user.rol)
    return response


@blueprint.post("/cuenta/sesiones/<sesion>/fin")
@signed_in
async def end(viewer: Viewer, sesion: str) -> ResponseReturnValue:
    """End one of one's own sessions; every page and socket of it is cut, on every process."""
    await desk().sessions.end(viewer, sesion, by(viewer))
    desk().identity.changed()
    return redirect(f"{HERE}?hecho=sesion", 303)


@blueprint.post("/cuenta/sesiones/fin")
@signed_in
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
    of = {"fin": int(current_session().ends), "sid": secrets.token_hex(16)}
    token = desk().identity.issue(viewer.usuario, viewer.nombre, viewer.rol, of)
    cookies.set_token(response, token, viewer.rol)
    return response


async def draw(viewer: Viewer, errors: dict[str, str], status: int = 200, wait: int = 0) -> Response:
    try:
        open_ones = await desk().sessions.of(viewer)
        user = await select_user(desk().database, viewer.usuario)
    except DatabaseUnavailable:
        if not errors:
            raise
        open_ones, user = [], None
    names = {one.navegador or "" for one in open_ones}
    page = render(
        "cuenta.html",
        sessions=sorted(open_ones, key=lambda one: one.sesion != current_session().key),
        current=current_session().key,
        of_site=current_session().modo == "sitio",
        browsers=await asyncio.to_thread(lambda: {name: in_words(name) for name in names}),
        has_password=bool(errors or (user and user.pass_hash)),
        errors={field: text(sentence) for field, sentence in errors.items()},
        done=text(done) if (done := DONE.get(request.args.get("hecho", ""))) else "",
    )
    response = Response(page, status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
