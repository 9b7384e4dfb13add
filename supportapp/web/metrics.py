"""The figures for Prometheus, for whoever has the token."""

import hmac

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response, request

from supportapp.web.current import desk

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
async def metrics() -> Response:
    """The figures of this process. The route is only there where `METRICS_TOKEN` is set."""
    token = desk().settings.metrics_token
    given = request.headers.get("Authorization", "").encode()
    if token is None or not hmac.compare_digest(given, b"Bearer " + token.get_secret_value().encode()):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(desk().metrics.text(), content_type=CONTENT_TYPE_LATEST)
