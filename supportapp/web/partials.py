"""The fragments: each has its own URL, is drawn by the same templates as the page, and refreshes itself."""

from urllib.parse import quote

from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from supportapp.desk import reading
from supportapp.desk.batch import Pending
from supportapp.desk.sending import new_client_id
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import Window, whole_number
from supportapp.errors import NotFound, SupportError
from supportapp.web.answers import answer, retry_after
from supportapp.web.current import HOME, desk, is_browser, is_htmx, render, text
from supportapp.web.guards import admins_only, signed_in
from supportapp.web.pages import draw_page

blueprint = Blueprint("partials", __name__)

FIELDS = ("para", "mensaje", "id_cliente")


@blueprint.get("/soporte/c/<usuario>/panel")
@admins_only
async def panel(viewer: Viewer, usuario: str) -> ResponseReturnValue:
    """What switching conversations swaps."""
    history = await reading.history(desk().database, viewer, usuario, Window.parse(request.args))
    return render(
        "conversations/_panel.html", history=history, text="", error=None, id_cliente=new_client_id()
    )


@blueprint.get("/soporte/mensajes")
@signed_in
async def messages(viewer: Viewer) -> ResponseReturnValue:
    window = Window.parse(request.args)
    count(window)
    history = await reading.history(desk().database, viewer, request.args.get("con"), window)
    return render("messages/_history.html", history=history)


@blueprint.post("/soporte/mensajes")
@signed_in
async def send(viewer: Viewer) -> ResponseReturnValue:
    """The twin of `mensaje_privado`: the same checks, the same idempotency through `id_cliente`."""
    form = await request.form
    draft = {name: form[name] for name in FIELDS if form.get(name)}
    draft.setdefault("mensaje", "")
    try:
        saved = await desk().send(viewer, draft)
    except SupportError as error:
        return await not_sent(viewer, draft, error)
    if isinstance(saved, Pending):
        return Response(status=202)
    if not is_htmx():
        return redirect(page_of(viewer, draft["para"]), 303)
    con = draft["para"] if viewer.is_admin else viewer.usuario
    history = await reading.history(desk().database, viewer, con, Window(despues=saved.id - 1, limite=1))
    return render("messages/_history.html", history=history)


async def not_sent(viewer: Viewer, draft: dict[str, str], error: SupportError) -> ResponseReturnValue:
    """The form again with the text kept, so that nothing typed is lost."""
    sentence = text(error.sentence)
    if not (is_htmx() or is_browser()):
        return answer(error.status, sentence, retry_after(error))
    id_cliente = draft.get("id_cliente") if error.code != "id_reutilizado" else None
    kept = {"text": draft["mensaje"], "error": sentence, "id_cliente": id_cliente or new_client_id()}
    try:
        body = (
            await composer(viewer, draft, kept)
            if is_htmx()
            else await draw_page(viewer, con_of(viewer, draft), **kept)
        )
    except NotFound:  # an admin's recipient has no conversation to show the form in
        body = render("no_enviado.html", message=sentence, text=draft["mensaje"], link=HOME)
    return Response(body, error.status, retry_after(error))


async def composer(viewer: Viewer, draft: dict[str, str], kept: dict[str, str]) -> str:
    history = await reading.history(desk().database, viewer, con_of(viewer, draft), Window(limite=1))
    return render("messages/_composer.html", history=history, **kept)


def con_of(viewer: Viewer, draft: dict[str, str]) -> str | None:
    return draft.get("para") if viewer.is_admin else None


def page_of(viewer: Viewer, con: str) -> str:
    return f"{HOME}/c/{quote(con, safe='')}" if viewer.is_admin else HOME


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


@blueprint.get("/soporte/conversaciones/<usuario>")
@admins_only
async def conversation(viewer: Viewer, usuario: str) -> ResponseReturnValue:
    row = await reading.conversation(desk().database, viewer, usuario)
    return render("conversations/_conversation.html", conversation=row, current=request.args.get("actual"))


def count(window: Window) -> None:
    """A page that asks for what came after something was away, or has heard of news."""
    if window.despues is not None:
        desk().metrics.caught_up("despues")
