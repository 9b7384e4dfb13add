"""The second factor of one's own account: got and given up in `/cuenta`."""

import segno
import structlog
from markupsafe import Markup
from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from supportapp.desk.factors import remove
from supportapp.desk.viewer import Viewer
from supportapp.errors import N_, FormErrors, NotFound
from supportapp.web import cookies
from supportapp.web.account import HERE, draw
from supportapp.web.current import current_session, desk, render, text
from supportapp.web.guards import own_account
from supportapp.web.managing import by
from supportapp.web.proof import Unproven, prove

log = structlog.get_logger("supportapp.web")
blueprint = Blueprint("factor", __name__)

NOT_YET = N_("El código no vale. Compruebe la hora de su dispositivo y escriba el que muestra ahora.")


@blueprint.post("/cuenta/factor")
@own_account
async def begin(viewer: Viewer) -> ResponseReturnValue:
    """A new secret for who knows the password; it is asked for once its owner has shown that a device has it."""
    if not desk().factors.available:
        raise NotFound
    try:
        await prove(viewer, (await request.form).get("clave_factor", ""))
        await desk().factors.begin(viewer.usuario, by(viewer))
    except Unproven as refusal:
        return await draw(viewer, {"clave_factor": refusal.sentence}, refusal.status, refusal.wait)
    except FormErrors as error:
        return await draw(viewer, {"clave_factor": error.sentences["codigo"]}, 422)
    return redirect("/cuenta/factor", 303)


@blueprint.get("/cuenta/factor")
@own_account
async def begun(viewer: Viewer) -> ResponseReturnValue:
    return await enrolment(viewer, "")


async def enrolment(viewer: Viewer, error: str, status: int = 200) -> ResponseReturnValue:
    shown = await desk().factors.begun(viewer.usuario)
    if shown is None:
        return redirect(HERE, 303)
    drawn = segno.make(shown.uri, micro=False, error="m").svg_inline(border=4, light="#fff", omitsize=True)
    page = render(
        "factor/nuevo.html",
        secret=shown.secret,
        picture=Markup(drawn),  # noqa: S704  # made here, of squares
        errors={"codigo": text(error)} if error else {},
    )
    return Response(page, status)


@blueprint.post("/cuenta/factor/codigo")
@own_account
async def confirm(viewer: Viewer) -> ResponseReturnValue:
    """The codes for the day the device is lost, once; every other session has ended."""
    try:
        codes = await desk().factors.confirm(
            viewer.usuario, (await request.form).get("codigo", ""), by(viewer)
        )
    except FormErrors:
        return await enrolment(viewer, NOT_YET, 422)
    desk().identity.changed()
    log.info("second factor set", usuario=viewer.usuario)
    response = Response(render("factor/codigos.html", codes=codes))
    cookies.start_session(response, viewer, modo="factor")  # every one of before has ended
    return response


@blueprint.post("/cuenta/factor/fin")
@own_account
async def give_up(viewer: Viewer) -> ResponseReturnValue:
    """For who came in with it and knows the password."""
    if current_session().modo != "factor":
        return redirect("/login", 303)
    try:
        await prove(viewer, (await request.form).get("clave_factor", ""))
    except Unproven as refusal:
        return await draw(viewer, {"clave_factor": refusal.sentence}, refusal.status, refusal.wait)
    await remove(desk().database, viewer.usuario, by(viewer))
    desk().identity.changed()
    log.info("second factor removed", usuario=viewer.usuario)
    response = redirect(f"{HERE}?hecho=factor", 303)
    cookies.start_session(response, viewer)
    return response
