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
LASTING = 2.0
"""Seconds for which the writer has to fail until that is an outage: one late commit takes nobody off the air."""


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
    """The database answers, its schema is current, and messages can be stored in it."""
    try:
        async with asyncio.timeout(DEADLINE):
            current = await schema_is_current(desk().database)
    except (DatabaseUnavailable, TimeoutError):
        return {"ok": False, "error": "the database does not answer"}, 503
    if not current:
        return {"ok": False, "error": "the database schema is old: run python -m supportapp migrate"}, 503
    if desk().writer_failing_for >= LASTING:
        return {"ok": False, "error": "messages cannot be stored: run python -m supportapp doctor"}, 503
    return {"ok": True}
