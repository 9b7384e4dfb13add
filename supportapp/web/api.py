"""The JSON routes of the reference system, with pages and without holding a history in memory."""

from collections.abc import AsyncIterator

import orjson
from quart import Blueprint, Response
from quart.typing import ResponseReturnValue
from quart_schema import document_response, security_scheme, validate_querystring

from supportapp.desk import reading
from supportapp.desk.viewer import Viewer
from supportapp.desk.wire import row
from supportapp.store.conversations import select_desk_conversations
from supportapp.store.messages import Message
from supportapp.web.answers import json_error
from supportapp.web.current import desk
from supportapp.web.guards import admins_only, signed_in
from supportapp.web.openapi import Error, Mensajes, Nombres, Page, PageOf, Texto

blueprint = Blueprint("api", __name__)

CHUNK = 32 * 1024
"""Bytes gathered before they are sent."""


@blueprint.get("/api/mensajes")
@admins_only
@security_scheme([{"session": []}])
@document_response(Mensajes)
@document_response(Error, 400)
@document_response(Error, 403)
@document_response(Error, 500)
@validate_querystring(PageOf)
async def mensajes(viewer: Viewer, query_args: PageOf) -> ResponseReturnValue:
    """Everything that somebody wrote or received; for admins."""
    if not query_args.con:
        return json_error(400, "Falta el parámetro ?con=usuario")
    return await messages_response(viewer, query_args.con, query_args)


@blueprint.get("/api/mensajes/mios")
@signed_in
@security_scheme([{"session": []}])
@document_response(Mensajes)
@document_response(Error, 400)
@document_response(Texto, 401)
@document_response(Texto, 403)
@document_response(Error, 500)
@validate_querystring(Page)
async def mios(viewer: Viewer, query_args: Page) -> ResponseReturnValue:
    """Everything that the signed-in person wrote or received."""
    return await messages_response(viewer, viewer.usuario, query_args)


@blueprint.get("/api/usuarios-conversaciones")
@admins_only
@security_scheme([{"session": []}])
@document_response(Nombres)
@document_response(Error, 403)
@document_response(Error, 500)
async def usuarios_conversaciones(_: Viewer) -> ResponseReturnValue:
    """The names of the non-admins who have written to an admin or been written to by one; for admins."""
    return json_response(await select_desk_conversations(desk().database))


async def messages_response(viewer: Viewer, con: str, page: Page) -> Response:
    window = page.window()
    if window is not None:
        found = await reading.messages(desk().database, viewer, con, window)
        return json_response([row(message) for message in found])
    rows = reading.everything(desk().database, viewer, con)
    first = await anext(rows, None)  # fails here, while a status can still be sent
    response = Response("[]" if first is None else json_array(first, rows), mimetype="application/json")
    response.timeout = None  # as long as the reader takes
    return response


async def json_array(first: Message, rows: AsyncIterator[Message]) -> AsyncIterator[bytes]:
    """`[…]` in pieces; a database that fails on the way leaves it unfinished, which no reader takes for all."""
    buffer = bytearray(b"[" + orjson.dumps(row(first)))
    async for message in rows:
        buffer += b"," + orjson.dumps(row(message))
        if len(buffer) >= CHUNK:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer + b"]")


def json_response(value: object) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
