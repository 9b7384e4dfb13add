"""What machines ask: whether this process is alive, and whether it can do its work."""

import asyncio

from quart import Blueprint
from quart.typing import ResponseReturnValue
from quart_schema import document_response

from supportapp.store.database import DatabaseUnavailable
from supportapp.store.migrations import schema_is_current
from supportapp.web.current import desk
from supportapp.web.openapi import Estado

blueprint = Blueprint("health", __name__)

DEADLINE = 2.0
"""Seconds that the database has to answer."""


@blueprint.get("/healthz")
@document_response(Estado)
@document_response(Estado, 503)
async def healthz() -> ResponseReturnValue:
    """This process is alive, and every part of it."""
    if not desk().whole:
        return {"ok": False, "error": "a part of this process has ended: restart it"}, 503
    return {"ok": True}


@blueprint.get("/readyz")
@document_response(Estado)
@document_response(Estado, 503)
async def readyz() -> ResponseReturnValue:
    """The database answers and its schema is current."""
    try:
        async with asyncio.timeout(DEADLINE):
            current = await schema_is_current(desk().database)
    except (DatabaseUnavailable, TimeoutError):
        return {"ok": False, "error": "the database does not answer"}, 503
    if not current:
        return {"ok": False, "error": "the database schema is old: run python -m supportapp migrate"}, 503
    return {"ok": True}
