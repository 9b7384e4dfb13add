"""The fragments: each has its own URL, is drawn by the same templates as the page, and refreshes itself."""

from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from supportapp.desk import reading
from supportapp.desk.sending import new_client_id
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import Window, whole_number
from supportapp.errors import SupportError
from supportapp.web.current import desk, is_browser, render
from supportapp.web.guards import admins_only, signed_in
from supportapp.web.lasting import LEFT, left
from supportapp.web.sending import page_of

blueprint = Blueprint("partials", __name__)


@blueprint.get("/soporte/c/<nombre:usuario>/panel")
@admins_only
async def panel(viewer: Viewer, usuario: str) -> ResponseReturnValue:
    """What switching conversations swaps."""
    history = await reading.history(desk().database, viewer, usuario, Window.parse(request.args))
    return render(
        "conversations/_panel.html", history=history, text="", error=None, id_cliente=new_client_id()
    )


@blueprint.get("/soporte/c/<nombre:usuario>/cuenta")
@admins_only
async def account(viewer: Viewer, usuario: str) -> ResponseReturnValue:
    """Whether the account of an open conversation is closed, or was erased."""
    person, borrado = await reading.account(desk().database, viewer, usuario)
    return render("accounts/_closed.html", usuario=person.usuario, activo=person.activo, borrado=borrado)


@blueprint.get("/soporte/mensajes")
@signed_in
async def messages(viewer: Viewer) -> ResponseReturnValue:
    window = Window.parse(request.args)
    count(window)
    history = await reading.history(desk().database, viewer, request.args.get("con"), window)
    return render("messages/_history.html", history=history)


@blueprint.get("/soporte/comprobacion")
@signed_in
async def check(viewer: Viewer) -> ResponseReturnValue:
    """What the server holds of a conversation from the id `desde` on, for a page that proves to be complete."""
    first = whole_number(request.args.get("desde")) or 0
    cuenta, ultimo = await reading.count_from(desk().database, viewer, request.args.get("con"), first)
    return render("messages/_check.html", cuenta=cuenta, ultimo=ultimo), {LEFT: left()}


@blueprint.post("/soporte/leido")
@signed_in
async def read(viewer: Viewer) -> ResponseReturnValue:
    form = await request.form
    con = viewer.conversation(form.get("con"))
    hasta = whole_number(form.get("hasta"))
    if hasta is None:
        raise SupportError("ventana")
    desk().receipts.read(viewer, con, hasta)
    return redirect(page_of(viewer, con), 303) if is_browser() else Response(status=204)


@blueprint.get("/soporte/conversaciones")
@admins_only
async def conversations(viewer: Viewer) -> ResponseReturnValue:
    window, buscar = Window.parse(request.args), request.args.get("buscar", "")
    count(window)
    page = await reading.conversations(desk().database, viewer, window, buscar)
    return render(
        "conversations/_list.html", conversations=page, current=request.args.get("actual"), buscar=buscar
    )


@blueprint.get("/soporte/conversaciones/<nombre:usuario>")
@admins_only
async def conversation(viewer: Viewer, usuario: str) -> ResponseReturnValue:
    row = await reading.conversation(desk().database, viewer, usuario)
    return render("conversations/_conversation.html", conversation=row, current=request.args.get("actual"))


def count(window: Window) -> None:
    """A page that asks for what came after something was away, or has heard of news."""
    if window.despues is not None:
        desk().metrics.caught_up("despues")
