"""The figures for Prometheus, for whoever has the token."""

import hmac
import time

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response, g, request

from supportapp.desk.metrics import Metrics
from supportapp.web.current import desk

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
async def metrics() -> Response:
    """The figures of all processes. The route is only there where `METRICS_TOKEN` is set."""
    token = desk().settings.metrics_token
    given = request.headers.get("Authorization", "").encode()
    if token is None or not hmac.compare_digest(given, b"Bearer " + token.get_secret_value().encode()):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        return Response(await desk().metrics.page(), content_type=CONTENT_TYPE_LATEST)
    except TimeoutError:
        return Response("the parent of this process does not answer", 503)


class Requests:
    """Counts what is asked: by the route that matched, never by the address that was typed."""

    def __init__(self, metrics: Metrics) -> None:
        self._count = metrics.counter("soporte_http_requests", "Answers over HTTP", "route", "status")
        self._times = metrics.times("soporte_http_seconds", "Until an answer begins", "route")

    async def begin(self) -> None:
        g.asked = time.monotonic()

    async def end(self, response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        self._count.labels(route, response.status_code).inc()
        self._times.labels(route).observe(time.monotonic() - g.asked)
        return response
