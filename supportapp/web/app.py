"""Builds the HTTP application for a desk."""

from markupsafe import Markup

from supportapp.desk.desk import Desk
from supportapp.web import (
    account,
    api,
    arrival,
    audit,
    banned,
    banning,
    export,
    factor,
    guards,
    handed,
    headers,
    health,
    inviting,
    lasting,
    metrics,
    pages,
    partials,
    people,
    second_step,
    sending,
    session,
)
from supportapp.web.addresses import NameInPath
from supportapp.web.answers import register_answers
from supportapp.web.attempts import Attempts
from supportapp.web.current import Web
from supportapp.web.drawing import Drawing
from supportapp.web.forms import BoundedRequest
from supportapp.web.i18n import load_catalogues
from supportapp.web.openapi import describe
from supportapp.web.static import StaticFiles

DOORS = (
    session,
    second_step,
    handed,
    account,
    factor,
    export,
    people,
    banning,
    inviting,
    audit,
    pages,
    partials,
    sending,
    api,
    health,
    arrival,
)


def create_web(desk: Desk) -> Web:
    """The HTTP door of `desk`; starting and stopping the desk is the caller's."""
    app = Web("supportapp.web", static_folder=None)
    app.request_class = BoundedRequest
    app.url_map.converters["nombre"] = NameInPath
    static = StaticFiles(app.asgi_app, headers.file_headers())
    app.asgi_app = static  # type: ignore[method-assign]
    app.style = Markup(static.text("css/soporte.css"))  # noqa: S704  # our own file
    security = headers.security_headers(desk.settings, app.style)
    app.desk = desk
    app.attempts = Attempts(desk.settings.sign_in_limit)
    app.reads = Attempts(desk.settings.read_limit)
    names = {"static": static.url, "open_registration": desk.settings.open_registration}
    app.drawing = Drawing(load_catalogues(), names)
    for door in (*DOORS, *([metrics] if desk.settings.metrics_token else [])):
        app.register_blueprint(door.blueprint)
    describe(app)
    register_answers(app)
    requests = metrics.Requests(desk.metrics)
    app.before_request(requests.begin)
    app.before_request(guards.refuse_cross_site)
    app.before_request(arrival.Arrival(desk.settings).look)
    app.before_request(banned.refuse_banned)
    app.after_request(requests.end)
    app.after_request(headers.finish_with(security))  # runs last: the latest registered runs first
    app.after_request(lasting.keep_session)
    return app
