"""Signing in, registering, signing out, and the language."""

import structlog
from quart import Blueprint, Response, abort, redirect, request
from quart.typing import ResponseReturnValue, ResponseTypes
from werkzeug.datastructures import MultiDict

from supportapp.errors import FIELD_SENTENCES, N_, FormErrors
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.folding import fold
from supportapp.web import cookies
from supportapp.web.addresses import same_site_path
from supportapp.web.attempts import Key
from supportapp.web.current import HOME, address, desk, render, text, web
from supportapp.web.guards import viewer_or_none

log = structlog.get_logger("supportapp.web")
blueprint = Blueprint("session", __name__)

WRONG = N_("El usuario o la contraseña son incorrectos")
MISSING = N_("Introduzca su usuario y contraseña")
AWAY = N_(
    "Ahora mismo no se puede comprobar: la base de datos no responde. Inténtelo de nuevo en unos segundos."
)
TOO_MANY = N_("Demasiados intentos. Espere unos minutos e inténtelo de nuevo.")
LONGEST_NAME = 64


@blueprint.get("/login")
async def login() -> ResponseReturnValue:
    target = same_site_path(request.args.get("next"), HOME)
    if await viewer_or_none():
        return redirect(target, 303)
    return sign_in_form("", target)


@blueprint.post("/auth")
async def auth() -> ResponseReturnValue:
    form = await request.form
    usuario, password = form.get("user", "").strip(), form.get("pass", "")
    target = same_site_path(form.get("next"), HOME)
    if not usuario or not password:
        return sign_in_form(usuario, target, MISSING, 422)
    keys = (Key("auth", "cuenta", fold(usuario)), Key("auth", "direccion", address()))
    if wait := web().attempts.count(*keys):
        return sign_in_form(usuario, target, TOO_MANY, 429, wait)
    try:
        user = (
            await desk().accounts.check_password(usuario, password) if len(usuario) <= LONGEST_NAME else None
        )
    except DatabaseUnavailable:
        web().attempts.give_back(*keys)
        return sign_in_form(usuario, target, AWAY, 503)
    if user is None:
        log.info("sign-in refused", usuario=usuario[:LONGEST_NAME])
        return sign_in_form(usuario, target, WRONG, 401)
    web().attempts.give_back(*keys)
    return signed_in_response(user.usuario, user.nombre, user.rol, target)


@blueprint.get("/registro")
async def registration() -> ResponseReturnValue:
    require_open_registration()
    if await viewer_or_none():
        return redirect(HOME, 303)
    return registration_form(MultiDict(), {})


@blueprint.post("/registro")
async def register() -> ResponseReturnValue:
    require_open_registration()
    form = await request.form
    if form.get("pass", "") != form.get("pass2", ""):
        return registration_form(form, {"pass2": FIELD_SENTENCES["mismatch"]})
    if wait := web().attempts.count(Key("registro", "direccion", address())):
        return registration_form(form, {"user": TOO_MANY}, 429, wait)
    try:
        user = await desk().accounts.register(*(form.get(name, "") for name in ("user", "nombre", "pass")))
    except FormErrors as error:
        return registration_form(form, error.sentences)
    except DatabaseUnavailable:
        return registration_form(form, {"user": AWAY}, 503)
    return signed_in_response(user.usuario, user.nombre, user.rol, HOME)


@blueprint.get("/logout")
async def leaving() -> ResponseReturnValue:
    if await viewer_or_none() is None:
        return redirect("/login", 303)
    return render("logout.html")


@blueprint.post("/logout")
async def logout() -> ResponseReturnValue:
    response = redirect("/login", 303)
    cookies.clear_token(response)
    # Not "storage": the messages somebody chose to keep for the next time are there; the page clears the rest.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/set-lang/<any(es, en):lang>")
async def set_lang(lang: str) -> ResponseReturnValue:
    response = redirect(same_site_path(request.args.get("returnTo"), HOME), 303)
    cookies.set_language(response, lang)
    return response


def signed_in_response(usuario: str, nombre: str, rol: str, target: str) -> ResponseTypes:
    response = redirect(target, 303)
    cookies.set_token(response, desk().identity.issue(usuario, nombre, rol))
    log.info("signed in", usuario=usuario)
    return response


def sign_in_form(usuario: str, target: str, error: str = "", status: int = 200, wait: int = 0) -> Response:
    errors = {"user": text(error)} if error else {}
    page = render("login.html", form={"user": usuario[:LONGEST_NAME], "next": target}, errors=errors)
    return form_response(page, status, wait)


def registration_form(
    form: MultiDict[str, str], errors: dict[str, str], status: int = 422, wait: int = 0
) -> Response:
    kept = {name: form.get(name, "")[:100] for name in ("nombre", "user")}
    sentences = {field: text(sentence) for field, sentence in errors.items()}
    return form_response(
        render("registro.html", form=kept, errors=sentences), status if errors else 200, wait
    )


def form_response(page: str, status: int, wait: int) -> Response:
    response = Response(page, status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def require_open_registration() -> None:
    if not desk().settings.open_registration:
        abort(404)
