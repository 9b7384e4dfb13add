"""`/invitacion/{secreto}` and `/clave/{secreto}`: pages of links that an admin handed to somebody.

The secret is in the address: no line of the log has it, no page leads to it, and browsers tell it nobody.
"""

from quart import Blueprint, redirect, request
from quart.typing import ResponseReturnValue, ResponseTypes
from werkzeug.datastructures import MultiDict

from supportapp.desk.audit import Actor
from supportapp.desk.links import KNOWN_BY, LinkOver, look, using
from supportapp.errors import N_, FormErrors
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.links import Link, Purpose
from supportapp.visible import cut
from supportapp.web.answers import answer
from supportapp.web.attempts import Key
from supportapp.web.current import HOME, address, desk, render, text, web
from supportapp.web.session import AWAY, BUSY, BUSY_SECONDS, TOO_MANY, form_response, signed_in_response

blueprint = Blueprint("handed", __name__)

OVER = N_("Este enlace no sirve: ya se usó, ha caducado o no está completo. Pida otro a quien se lo dio.")


@blueprint.after_request
async def tell_nobody(response: ResponseTypes) -> ResponseTypes:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/invitacion/<secreto>")
async def invitation(secreto: str) -> ResponseReturnValue:
    """The form, which uses nothing up: programs that look at links in letters come before people do."""
    return await show("invitacion", secreto)


@blueprint.get("/clave/<secreto>")
async def password(secreto: str) -> ResponseReturnValue:
    """As above."""
    return await show("clave", secreto)


@blueprint.post("/invitacion/<secreto>")
async def accept(secreto: str) -> ResponseReturnValue:
    """A new account in the role of the invitation, and signed in to it."""
    return await use("invitacion", secreto)


@blueprint.post("/clave/<secreto>")
async def reset(secreto: str) -> ResponseReturnValue:
    """A new password; every session of the person has ended then, and every other link of theirs."""
    return await use("clave", secreto)


async def show(tipo: Purpose, secreto: str) -> ResponseReturnValue:
    key = Key("enlace", "direccion", address())
    if wait := web().attempts.count(key, address=address()):
        return answer(429, text(TOO_MANY), {"Retry-After": str(wait)})
    try:
        link = await look(desk().database, tipo, secreto)
    except LinkOver:
        return over()
    web().attempts.give_back(key)
    return draw(link, MultiDict(), {})


async def use(tipo: Purpose, secreto: str) -> ResponseReturnValue:
    key, form = Key("enlace", "direccion", address()), await request.form
    if wait := web().attempts.count(key, address=address()):
        return answer(429, text(TOO_MANY), {"Retry-After": str(wait)})
    try:
        link = await look(desk().database, tipo, secreto)
    except LinkOver:
        return over()
    if desk().accounts.busy:
        return draw(link, form, {"pass": BUSY}, 429, BUSY_SECONDS)
    try:
        response = await (register if tipo == "invitacion" else set_password)(link, form)
    except LinkOver:
        return over()
    except FormErrors as error:
        return draw(link, form, error.sentences, 422)
    except DatabaseUnavailable:
        return draw(link, form, {"pass": AWAY}, 503)
    web().attempts.give_back(key)
    return response


async def register(link: Link, form: MultiDict[str, str]) -> ResponseReturnValue:
    usuario, nombre, chosen, repeated = (form.get(name, "") for name in ("user", "nombre", "pass", "pass2"))
    user = await desk().accounts.register(
        usuario, nombre, chosen, str(link.rol), repeated=repeated, actor=holder(link, usuario)
    )
    return signed_in_response(user, HOME)


async def set_password(link: Link, form: MultiDict[str, str]) -> ResponseReturnValue:
    usuario = str(link.usuario)
    await desk().accounts.reset_password(
        usuario, form.get("pass", ""), form.get("pass2", ""), holder(link, usuario)
    )
    desk().identity.changed()
    return redirect("/login?hecho=clave", 303)


def holder(link: Link, usuario: str) -> Actor:
    """Whoever has the link; that they are who they say is what the link is for."""
    return Actor(usuario, address(), f"enlace {link.huella[:KNOWN_BY]}", using(link))


def over() -> ResponseReturnValue:
    desk().refusals.note("rechazo", address(), por="enlace")
    return answer(404, text(OVER))


def draw(
    link: Link, form: MultiDict[str, str], errors: dict[str, str], status: int = 200, wait: int = 0
) -> ResponseReturnValue:
    kept = {name: cut(form.get(name, ""), 100) for name in ("nombre", "user")}
    sentences = {field: text(sentence) for field, sentence in errors.items()}
    page = render("enlace.html", link=link, form=kept, errors=sentences)
    return form_response(page, status, wait)
