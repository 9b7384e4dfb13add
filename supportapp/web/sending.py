"""The twin of `mensaje_privado`: the same checks and idempotency for forms, fragments and programs."""

from quart import Blueprint, Response, jsonify, redirect, request
from quart.typing import ResponseReturnValue

from supportapp.desk import reading
from supportapp.desk.outcomes import Pending, Saved
from supportapp.desk.sending import new_client_id
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import Window
from supportapp.desk.wire import acknowledgement, refusal
from supportapp.errors import NotFound, SupportError
from supportapp.store.database import DatabaseUnavailable
from supportapp.web.addresses import in_path
from supportapp.web.answers import answer, login_url, retry_after
from supportapp.web.current import HOME, accepted, desk, is_browser, is_htmx, render, text
from supportapp.web.guards import signed_in_lately
from supportapp.web.pages import draw_page

blueprint = Blueprint("sending", __name__)

FIELDS = ("para", "mensaje", "id_cliente", "de")


@blueprint.post("/soporte/mensajes")
@signed_in_lately
async def send(viewer: Viewer) -> ResponseReturnValue:
    """Send the form; whoever accepts JSON hears what a socket would hear."""
    form = await request.form
    draft = {name: form[name] for name in FIELDS if form.get(name)}
    draft.setdefault("mensaje", "")
    try:
        outcome = await desk().send(viewer, draft)
    except SupportError as error:
        return await not_sent(viewer, draft, error)
    if wants_json():
        return jsonify(acknowledgement(outcome)), 202 if isinstance(outcome, Pending) else 200
    if isinstance(outcome, Pending):
        return kept(viewer, draft, outcome)
    return await sent(viewer, draft, outcome)


async def sent(viewer: Viewer, draft: dict[str, str], saved: Saved) -> ResponseReturnValue:
    if not is_htmx():
        return redirect(page_of(viewer, draft["para"]), 303)
    con = draft["para"] if viewer.is_admin else viewer.usuario
    history = await reading.history(desk().database, viewer, con, Window(despues=saved.id - 1, limite=1))
    return render("messages/_history.html", history=history)


def kept(viewer: Viewer, draft: dict[str, str], pending: Pending) -> ResponseReturnValue:
    """The message is on this machine's disk and will be stored: a page that says so, without the database."""
    template = "messages/_pending.html" if is_htmx() else "pendiente.html"
    link = page_of(viewer, draft["para"])
    return render(template, text=draft["mensaje"], link=link, id_cliente=pending.id_cliente), 202


async def not_sent(viewer: Viewer, draft: dict[str, str], error: SupportError) -> ResponseReturnValue:
    """The form again with the text kept, so that nothing typed is lost."""
    if wants_json():
        return jsonify(refusal(error)), error.status, retry_after(error)
    sentence = text(error.sentence)
    if not (is_htmx() or is_browser()):
        return answer(error.status, sentence, retry_after(error))
    try:
        body = await form_again(viewer, draft, error)
    except (NotFound, DatabaseUnavailable):  # there is no conversation to show the form in
        body = render("no_enviado.html", message=sentence, text=draft["mensaje"], link=HOME)
    return Response(body, error.status, retry_after(error))


async def form_again(viewer: Viewer, draft: dict[str, str], error: SupportError) -> str:
    sentence, con = text(error.sentence), draft.get("para") if viewer.is_admin else None
    if error.code == "sesion":  # typed on another person's page
        return render("no_enviado.html", message=sentence, text=draft["mensaje"], link=login_url())
    id_cliente = draft.get("id_cliente") if error.code != "id_reutilizado" else None
    kept = {"text": draft["mensaje"], "error": sentence, "id_cliente": id_cliente or new_client_id()}
    if not is_htmx():
        return await draw_page(viewer, con, **kept)
    history = await reading.history(desk().database, viewer, con, Window(limite=1))
    return render("messages/_composer.html", history=history, **kept)


def page_of(viewer: Viewer, con: str) -> str:
    return f"{HOME}/c/{in_path(con)}" if viewer.is_admin else HOME


def wants_json() -> bool:
    return "application/json" in accepted() and not is_htmx() and not is_browser()
