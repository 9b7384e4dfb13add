"""What the current request is served with: the application's parts, the viewer, the language."""

from typing import Any, cast
from urllib.parse import quote

from quart import Quart, current_app, g, has_request_context, request

from supportapp.desk.desk import Desk
from supportapp.desk.session import Session
from supportapp.desk.viewer import Viewer
from supportapp.web.addresses import client_address, path_of, same_site_path
from supportapp.web.attempts import Attempts
from supportapp.web.drawing import Drawing
from supportapp.web.i18n import LANGUAGES, SOURCE_LANGUAGE

HOME = "/soporte"
SECRET = frozenset({"handed"})
"""What must not be told of an address where one of these answers: the path itself lets somebody in."""
SECRET_PATHS = ("/invitacion/", "/clave/")
"""Where these lie; also what is no route, such as somebody's link with a sign too many."""
PROBE = "prueba"
"""The cookie that the pages for signing in and registering leave."""


class Web(Quart):
    """The HTTP application with what its routes need; `create_web` fills it. `style`: the style sheet, if it is bundled."""

    desk: Desk
    drawing: Drawing
    attempts: Attempts
    reads: Attempts
    style: str

    def log_exception(self, exception_info: Any) -> None:
        """As Quart's own, without the path; a start that fails has none."""
        if not has_request_context():
            super().log_exception(exception_info)
            return
        self.logger.error("Exception on request %s %s", request.method, route(), exc_info=exception_info)


def web() -> Web:
    return cast(Web, current_app)


def desk() -> Desk:
    return web().desk


def current_session() -> Session:
    """The one in which this request was made; a guard has put it there."""
    return cast(Session, g.session)


def language() -> str:
    """The one that was chosen here, else the first of the browser's that there is."""
    chosen = request.cookies.get("lang")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, SOURCE_LANGUAGE) or SOURCE_LANGUAGE


def text(sentence: str) -> str:
    """`sentence`, a Spanish msgid, in the reader's language."""
    return web().drawing.text(language(), sentence)


def render(template: str, **context: Any) -> str:
    """`template` in the reader's language, with the names every template may use."""
    viewer: Viewer | None = g.get("viewer")
    names = {"viewer": viewer, "return_to": return_to(), "style": style_for(viewer)}
    return web().drawing.draw(language(), template, {**names, **context})


def style_for(viewer: Viewer | None) -> str:
    """The style sheet where it is better written into the page than fetched: nobody signed in here and fetched it then."""
    return web().style if viewer and PROBE not in request.cookies else ""


def return_to() -> str:
    """Where a link that leaves for a moment, such as the language's, brings the reader back to; nowhere where that is secret."""
    if request.path.startswith(SECRET_PATHS):
        return ""
    if request.method in {"GET", "HEAD"}:
        query = request.query_string.decode("latin-1")
        own = quote(request.path, safe="/!$&'()*+,;=:@") + ("?" + query if query else "")
        return same_site_path(own, HOME)
    return same_site_path(path_of(request.headers.get("Referer")), HOME)


def address() -> str:
    """The client's address, for counting attempts."""
    forwarded = request.headers.getlist("X-Forwarded-For")
    return client_address(request.scope, forwarded, desk().settings.trusted_proxies)


def route() -> str:
    """What the log calls the address of this request: a path may have a name or a secret in it."""
    return str(request.url_rule.rule) if request.url_rule else "none"


def is_api() -> bool:
    return request.path.startswith("/api/")


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def is_browser() -> bool:
    """Whether a person looks at the answer itself: a page or a plain form, not a fragment, not a program."""
    return not is_htmx() and request.accept_mimetypes.quality("text/html") > 0 and "text/html" in accepted()


def accepted() -> str:
    return request.headers.get("Accept", "")
