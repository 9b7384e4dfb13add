"""Signing in, registering, signing out, and the language."""

import time
from urllib.parse import urlsplit

import structlog
from quart import Blueprint, Response, abort, redirect, request
from quart.typing import ResponseReturnValue, ResponseTypes
from werkzeug.datastructures import MultiDict

from supportapp.desk.accounts import LONGEST_NAME
from supportapp.desk.audit import Actor
from supportapp.desk.tokens import tokens_in
from supportapp.errors import N_, FormErrors
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.users import User, fold
from supportapp.visible import cut
from supportapp.web import cookies
from supportapp.web.addresses import same_site_path
from supportapp.web.attempts import Key
from supportapp.web.current import HOME, address, desk, render, text, web
from supportapp.web.devices import known_device, remember_device
from supportapp.web.guards import viewer_or_none
from supportapp.web.step import next_step

log = structlog.get_logger("supportapp.web")
blueprint = Blueprint("session", __name__)

WRONG = N_("El usuario o la contraseña son incorrectos")
MISSING = N_("Introduzca su usuario y contraseña")
AWAY = N_(
    "Ahora mismo no se puede comprobar: la base de datos no responde. Inténtelo de nuevo en unos segundos."
)
TOO_MANY = N_("Demasiados intentos. Espere unos minutos e inténtelo de nuevo.")
BUSY = N_("Hay muchas personas entrando a la vez. Espere unos segundos e inténtelo de nuevo.")
BANNED = N_("Esta cuenta no puede entrar por ahora. Pregunte a quien lleva el soporte.")
NEW_PASSWORD = N_("La contraseña se ha guardado. Ya puede entrar con ella.")
BUSY_SECONDS = 5
NO_COOKIES = N_(
    "Su navegador no guarda las cookies de esta página, y sin ellas no se puede entrar. Permítalas e inténtelo de nuevo."
)
NO_SECURE_COOKIES = N_(
    "Su navegador no guarda las cookies de esta página. Ábrala con https:// o permita las cookies, e inténtelo de nuevo."
)
SIGN_IN_PAGES = frozenset({"/login", "/auth", "/registro"})
FROM_EVERYWHERE = 10
"""How many times the limit of one address may be tried for one account from all of them."""


@blueprint.get("/login")
async def login() -> ResponseReturnValue:
    target = same_site_path(request.args.get("next"), HOME)
    if await viewer_or_none():
        return redirect(target, 303)
    if cookies_are_lost():
        return sign_in_form("", target, NO_SECURE_COOKIES if cookies.secure() else NO_COOKIES)
    return sign_in_form("", target)


def cookies_are_lost() -> bool:
    """Whether one of the pages that try it led here, as after signing in, and no cookie came back."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    return came_from.path in SIGN_IN_PAGES and "next" in request.args and not request.cookies


@blueprint.post("/auth")
async def auth() -> ResponseReturnValue:
    form = await request.form
    usuario, password = form.get("user", "").strip(), form.get("pass", "")
    target = same_site_path(form.get("next"), HOME)
    if not usuario or not password:
        return sign_in_form(usuario, target, MISSING, 422)
    if desk().accounts.busy:
        return sign_in_form(usuario, target, BUSY, 429, BUSY_SECONDS)
    keys = attempt_keys("auth", fold(usuario), FROM_EVERYWHERE)
    if wait := web().attempts.count(*keys, address=address()):
        desk().refusals.note("limite", address())
        return sign_in_form(usuario, target, TOO_MANY, 429, wait)
    begun = time.time()
    try:
        user = await desk().accounts.check_password(usuario, password, address())
        factor = user and await desk().factors.of(user.usuario)
    except DatabaseUnavailable:  # nobody was tried
        web().attempts.give_back(*keys)
        return sign_in_form(usuario, target, AWAY, 503)
    if user is None:
        log.info("sign-in refused", address=address())
        return sign_in_form(usuario, target, WRONG, 401)
    web().attempts.give_back(*keys)
    if desk().bans.person(user.usuario):
        desk().refusals.note("rechazo", address(), a_quien=user.usuario, por="prohibicion")
        return sign_in_form(usuario, target, BANNED, 403)
    return next_step(user, target, begun) if factor else signed_in_response(user, target, at=begun)


def attempt_keys(action: str, cuenta: str, from_everywhere: int) -> list[Key]:
    """What an attempt at `cuenta` (folded) is counted under, in this order: whoever is refused stops there.

    `from_everywhere`: how many times the limit of one address may be tried from all of them.

    Only a browser that never signed in to the account has to share what is left for it with strangers.
    """
    device = known_device(cuenta)
    here = [
        Key(action, "direccion", address()),
        Key(action, "direccion y cuenta", f"{address()} {cuenta}"),
    ]
    if device:
        return [*here, Key(action, "dispositivo y cuenta", f"{device} {cuenta}")]
    return [*here, Key(action, "cuenta", cuenta, times=from_everywhere)]


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
    if desk().accounts.busy:
        return registration_form(form, {"user": BUSY}, 429, BUSY_SECONDS)
    if wait := web().attempts.count(Key("registro", "direccion", address()), address=address()):
        return registration_form(form, {"user": TOO_MANY}, 429, wait)
    usuario, nombre, password, repeated = (form.get(name, "") for name in ("user", "nombre", "pass", "pass2"))
    try:
        user = await desk().accounts.register(
            usuario, nombre, password, repeated=repeated, actor=Actor(usuario, address())
        )
    except FormErrors as error:
        return registration_form(form, error.sentences)
    except DatabaseUnavailable:
        return registration_form(form, {"user": AWAY}, 503)
    return signed_in_response(user, HOME)


@blueprint.get("/logout")
async def leaving() -> ResponseReturnValue:
    if await viewer_or_none() is None:
        return redirect("/login", 303)
    return render("logout.html")


@blueprint.post("/logout")
async def logout() -> ResponseReturnValue:
    response = redirect("/login", 303)
    cookies.clear_token(response)
    try:
        await desk().identity.close(tokens_in(request.cookies), address())
    except DatabaseUnavailable:  # whoever goes must get away: the device forgets the token all the same
        log.warning("signed out while the database is away, the token's copies live until it expires")
    # Not "storage": the messages somebody chose to keep for the next time are there; the page clears the rest.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/set-lang/<any(es, en):lang>")
async def set_lang(lang: str) -> ResponseReturnValue:
    response = redirect(same_site_path(request.args.get("returnTo"), HOME), 303)
    cookies.set_language(response, lang)
    return response


def signed_in_response(
    user: User, target: str, modo: str = "clave", at: float | None = None
) -> ResponseTypes:
    """`at`: when they showed what lets them in."""
    response = redirect(target, 303)
    cookies.start_session(response, user, modo=modo, at=at)
    remember_device(response, fold(user.usuario))
    log.info("signed in", usuario=user.usuario)
    return response


def sign_in_form(usuario: str, target: str, error: str = "", status: int = 200, wait: int = 0) -> Response:
    errors = {"user": text(error)} if error else {}
    page = render(
        "login.html",
        form={"user": usuario[:LONGEST_NAME], "next": target},
        errors=errors,
        done=text(NEW_PASSWORD) if request.args.get("hecho") == "clave" else "",
    )
    return form_response(page, status, wait)


def registration_form(
    form: MultiDict[str, str], errors: dict[str, str], status: int = 422, wait: int = 0
) -> Response:
    kept = {name: cut(form.get(name, ""), 100) for name in ("nombre", "user")}
    sentences = {field: text(sentence) for field, sentence in errors.items()}
    return form_response(
        render("registro.html", form=kept, errors=sentences), status if errors else 200, wait
    )


def form_response(page: str, status: int, wait: int) -> Response:
    response = Response(page, status)
    cookies.set_probe(response)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def require_open_registration() -> None:
    if not desk().settings.open_registration:
        abort(404)
