"""How errors are answered: a page for a person, a sentence for a fragment, JSON for the API."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, urlencode

import orjson
import structlog
from quart import Response, redirect, request
from quart.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError

from supportapp.errors import N_, SENTENCES, SupportError
from supportapp.store.database import DatabaseUnavailable
from supportapp.web.addresses import path_of, same_site_path
from supportapp.web.current import HOME, Web, is_api, is_browser, is_htmx, render, return_to, route, text
from supportapp.web.guards import AccessError

log = structlog.get_logger("supportapp.web")

NO_TOKEN = "No autenticado"  # noqa: S105
BAD_TOKEN = "Token inválido"  # noqa: S105
API_REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "no_token": "Acceso denegado",
        "bad_token": BAD_TOKEN,
        "no_factor": "Falta el segundo factor",
        "no_admin": "Acceso solo para administradores",
    }
)

ACCOUNT = "/cuenta"
TRY_AGAIN_SECONDS = 10
PAGES: Mapping[int, tuple[str, str, str]] = MappingProxyType(
    {
        400: (
            N_("Petición no válida"),
            N_("La petición no se entiende."),
            N_("Vuelva atrás e inténtelo de nuevo. No se ha perdido nada."),
        ),
        403: (
            N_("Petición rechazada"),
            N_("La petición viene de otro sitio."),
            N_("Abra el soporte en esta misma ventana e inténtelo de nuevo."),
        ),
        404: (
            N_("No encontrado"),
            N_("Esta página no existe o no tiene acceso."),
            N_("Compruebe la dirección o vuelva al soporte."),
        ),
        405: (
            N_("Método no permitido"),
            N_("Esta dirección no admite esa petición."),
            N_("Vuelva al soporte."),
        ),
        413: (
            N_("Demasiado grande"),
            N_("Lo que ha enviado es demasiado grande."),
            N_("Vuelva atrás, acorte el texto y envíelo de nuevo."),
        ),
        421: (
            N_("Dirección equivocada"),
            N_("Este servidor no atiende la dirección con la que se ha llegado a él."),
            N_("Use la dirección del soporte que le han dado."),
        ),
        429: (
            N_("Demasiadas peticiones"),
            N_("Ha hecho demasiadas peticiones seguidas."),
            N_("Espere unos segundos e inténtelo de nuevo."),
        ),
        500: (
            N_("Error interno"),
            N_("Algo ha fallado en el servidor. Los mensajes guardados siguen ahí."),
            N_("Inténtelo de nuevo en unos minutos."),
        ),
        503: (
            N_("Servicio no disponible"),
            N_("La base de datos no responde ahora mismo. Los mensajes guardados siguen ahí."),
            N_("Espere unos segundos; si la página no vuelve a intentarlo sola, vuelva a cargarla."),
        ),
    }
)


def register_answers(app: Web) -> None:
    app.register_error_handler(AccessError, refused)
    app.register_error_handler(SupportError, wrong)
    app.register_error_handler(DatabaseUnavailable, unavailable)
    app.register_error_handler(HTTPException, failed)


async def refused(error: AccessError) -> ResponseReturnValue:
    """The stranger is sent to sign in, where somebody is there to do it; what they may not see does not exist."""
    if is_api() and error.admins:
        return {"error": API_REFUSALS[error.reason]}, 403
    if error.reason == "no_admin":
        return answer(404)
    if error.reason == "no_factor" and is_browser() and not is_api():
        return redirect(ACCOUNT, 303)
    if is_htmx() and not is_api():
        return plain(401, NO_TOKEN, {"HX-Redirect": ACCOUNT if error.reason == "no_factor" else login_url()})
    if is_browser() and not is_api():
        return await sign_in_again()
    return plain(401, NO_TOKEN) if error.reason == "no_token" else plain(403, BAD_TOKEN)


async def sign_in_again() -> ResponseReturnValue:
    """To the sign-in page, but for a message that was on its way: its text is shown, or it would be lost."""
    unsent = (await request.form).get("mensaje") if request.method == "POST" else None
    if not unsent:
        return redirect(login_url(), 303)
    message = text(SENTENCES["sesion"])
    return Response(render("no_enviado.html", message=message, text=unsent, link=login_url()), 401)


async def wrong(error: SupportError) -> ResponseReturnValue:
    return answer(error.status, text(error.sentence), retry_after(error))


def retry_after(error: SupportError) -> dict[str, str]:
    return {} if error.espera_ms is None else {"Retry-After": str(math.ceil(error.espera_ms / 1000))}


async def unavailable(error: DatabaseUnavailable) -> ResponseReturnValue:
    log.warning("the database does not answer", route=route(), reason=str(error))
    return answer(500 if is_api() else 503)


async def failed(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, InternalServerError):
        return answer(500)  # Quart has logged the cause
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return answer(error.code or 500, None, headers)


def answer(status: int, message: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """The error `status` in the form this client reads; `message` replaces the usual sentence."""
    title, usual, what_to_do = (
        text(sentence) for sentence in PAGES.get(status, PAGES[500 if status > 500 else 400])
    )
    message = message or usual
    if is_api():
        response = json_error(status, message)
    elif is_browser():
        page = render("error.html", status=status, title=title, message=message, what_to_do=what_to_do)
        response = Response(page, status)
        if status == 503 and request.method == "GET":  # whoever waits for the chat need not watch the page
            response.headers["Refresh"] = str(TRY_AGAIN_SECONDS)
    else:
        response = plain(status, message)
    response.headers.update(headers or {})
    return response


def json_error(status: int, message: str) -> Response:
    return Response(orjson.dumps({"error": message}), status, mimetype="application/json")


def plain(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """A sentence; HTMX must not put it where a fragment was expected."""
    response = Response(message, status, dict(headers or {}), content_type="text/plain; charset=utf-8")
    if is_htmx():
        response.headers["HX-Reswap"] = "none"
    return response


def login_url() -> str:
    """The sign-in page that leads back: to the page itself, or to the one the fragment belongs to."""
    is_page = request.method in {"GET", "HEAD"} and is_browser() and request.blueprint == "pages"
    target = return_to() if is_page else same_site_path(path_of(request.headers.get("HX-Current-URL")), HOME)
    return "/login?" + urlencode({"next": target}, quote_via=quote, safe="/")
