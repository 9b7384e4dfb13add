"""`/administracion/enlaces`: links for those who are to come in."""

from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from supportapp.desk.links import invite, revoke
from supportapp.desk.moment import utc_now
from supportapp.desk.viewer import Viewer
from supportapp.errors import N_
from supportapp.store.links import select_open_links
from supportapp.web.banning import NO_SPAN, SPANS, draw, spans
from supportapp.web.current import desk, text
from supportapp.web.managing import Unsure, acting, managers_only

blueprint = Blueprint("inviting", __name__)

LASTING = ("24h", "7d", "30d")
WITHDRAWN = N_("El enlace ya no sirve.")


@blueprint.get("/administracion/enlaces")
@managers_only
async def links(viewer: Viewer) -> ResponseReturnValue:
    return await draw_links()


@blueprint.post("/administracion/enlaces")
@managers_only
async def make(viewer: Viewer) -> ResponseReturnValue:
    """An invitation; its link is shown in this answer and nowhere else."""
    form = await request.form
    try:
        actor = acting(viewer, form, sure=False)
        if form.get("rol") not in ("user", "admin") or form.get("plazo") not in LASTING:
            raise Unsure(NO_SPAN)
    except Unsure as missing:
        return await draw_links(missing, form)
    secret = await invite(desk().database, form["rol"], SPANS[form["plazo"]][0], actor)
    return await draw_links(link=f"{desk().settings.public_origin}/invitacion/{secret}")


@blueprint.post("/administracion/enlaces/<huella>/fin")
@managers_only
async def withdraw(viewer: Viewer, huella: str) -> ResponseReturnValue:
    form = await request.form
    try:
        actor = acting(viewer, form, sure=False)
    except Unsure as missing:
        return await draw_links(missing, form)
    await revoke(desk().database, huella, actor)
    return redirect("/administracion/enlaces?hecho=retirado", 303)


async def draw_links(
    wrong: Unsure | None = None, form: MultiDict[str, str] | None = None, *, link: str = ""
) -> Response:
    lasting = [(code, words) for code, words in spans() if code in LASTING]
    found = await select_open_links(desk().database, utc_now())
    done = text(WITHDRAWN) if request.args.get("hecho") == "retirado" else ""
    return draw("enlaces", wrong, form, links=found, link=link, spans=lasting, done=done)
