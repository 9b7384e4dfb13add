"""`/cuenta/exportar`: all that is kept of oneself, and of nobody else, as a file."""

import structlog
from quart import Blueprint, Response, request
from quart.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from supportapp.desk.exporting import export
from supportapp.desk.moment import utc_now
from supportapp.desk.viewer import Viewer
from supportapp.errors import InvalidSession, NotFound
from supportapp.web.attempts import Key
from supportapp.web.current import current_session, desk, language, web
from supportapp.web.exporting import FORMATS
from supportapp.web.guards import signed_in

log = structlog.get_logger("supportapp.web")
blueprint = Blueprint("export", __name__)


@blueprint.get("/cuenta/exportar")
@signed_in
async def download(viewer: Viewer) -> ResponseReturnValue:
    """Whoever is signed in, whatever else the request names; as often as somebody may sign in."""
    formato = request.args.get("formato", "json")
    if formato not in FORMATS:
        raise NotFound
    if wait := web().attempts.count(Key("exportar", "persona", viewer.usuario), persona=viewer.usuario):
        raise TooManyRequests(retry_after=wait)
    session, identity = current_session(), desk().identity

    async def still() -> None:
        if (await identity.judge([session]))[0] is None:
            raise InvalidSession  # the answer breaks off: a file that is not all must not look like one

    mimetype, write = FORMATS[formato]
    found = await export(desk().database, viewer.usuario, still)
    log.info("exported", usuario=viewer.usuario, formato=formato)
    response = Response(write(found, web().drawing, language()), mimetype=mimetype)
    response.timeout = None  # as long as the reader takes
    # The name is ours alone: what people call themselves stands in no header.
    response.headers["Content-Disposition"] = f'attachment; filename="soporte-{utc_now():%Y-%m-%d}.{formato}"'
    return response
