"""The pages: the chat of a user, the desk of an admin."""

from quart import Blueprint, redirect, request
from quart.typing import ResponseReturnValue

from supportapp.desk import reading
from supportapp.desk.sending import new_client_id
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import Window
from supportapp.web import lasting
from supportapp.web.current import HOME, desk, render
from supportapp.web.guards import admins_only, signed_in

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
async def home() -> ResponseReturnValue:
    return redirect(HOME, 302)


@blueprint.get("/soporte")
@signed_in
async def soporte(viewer: Viewer) -> ResponseReturnValue:
    return await draw_page(viewer, None)


@blueprint.get("/soporte/c/<nombre:usuario>")
@admins_only
async def conversation(viewer: Viewer, usuario: str) -> ResponseReturnValue:
    return await draw_page(viewer, usuario)


async def draw_page(
    viewer: Viewer,
    con: str | None,
    *,
    text: str = "",
    error: str | None = None,
    id_cliente: str | None = None,
) -> str:
    """The page of `viewer` with the conversation of `con`; `text` and `error` are those of a refused message."""
    epoca = (
        desk().dispatcher.epoca
    )  # before the rows are read: of a history that is replaced meanwhile the page hears
    database, buscar, window = desk().database, request.args.get("buscar", ""), Window.parse(request.args)
    shows = con is not None or not viewer.is_admin
    listed = Window() if shows else window  # without a script, `antes` pages what there is
    conversations = await reading.conversations(database, viewer, listed, buscar) if viewer.is_admin else None
    history = await reading.history(database, viewer, con, window) if shows else None
    return render(
        "soporte.html",
        history=history,
        conversations=conversations,
        current=con if viewer.is_admin else None,
        buscar=buscar,
        text=text,
        error=error,
        epoca=epoca,
        left=lasting.left(),
        id_cliente=id_cliente or new_client_id(),
    )
