"""`/administracion/auditoria`: reading the audit, and taking it along."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime

import orjson
from quart import Blueprint, Response, request
from quart.typing import ResponseReturnValue

from supportapp.desk.audit_export import COLUMNS, cells, for_json
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import whole_number
from supportapp.store.audit import DEEDS, Entry, Filter, select_entries, stream_entries
from supportapp.web import words
from supportapp.web.current import desk, render
from supportapp.web.managing import managers_only

blueprint = Blueprint("audit", __name__)

LIMIT = 50


@blueprint.get("/administracion/auditoria")
@managers_only
async def listed(viewer: Viewer) -> ResponseReturnValue:
    which, before = wanted(), whole_number(request.args.get("antes"))
    entries = await select_entries(desk().database, which, before=before, limit=LIMIT + 1)
    more = len(entries) > LIMIT
    return render(
        "administracion/auditoria.html",
        entries=entries[:LIMIT],
        more=more,
        which=which,
        deeds=words.DEEDS,
        details=words.details,
    )


@blueprint.get("/administracion/auditoria/<any(csv, json):formato>")
@managers_only
async def export(viewer: Viewer, formato: str) -> ResponseReturnValue:
    """All that the filter lets through, the oldest first, as it is read: a line for each."""
    entries = stream_entries(desk().database, wanted())
    body, kind = (
        (as_csv(entries), "text/csv") if formato == "csv" else (as_json(entries), "application/x-ndjson")
    )
    response = Response(body, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="auditoria.{formato}"'
    response.timeout = None
    return response


def wanted() -> Filter:
    """What the address asks for; what makes no sense is not asked for."""
    persona, que = request.args.get("persona", "").strip()[:64], request.args.get("que", "")
    return Filter(persona or None, que if que in DEEDS else None, day(request.args.get("desde", "")))


def day(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError:
        return None


async def as_csv(entries: AsyncIterator[Entry]) -> AsyncIterator[bytes]:
    yield line(COLUMNS)
    async for entry in entries:
        yield line(cells(entry))


def line(values: list[str] | tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue().encode(errors="replace")


async def as_json(entries: AsyncIterator[Entry]) -> AsyncIterator[bytes]:
    async for entry in entries:
        yield orjson.dumps(for_json(entry)) + b"\n"
