"""What is kept of a person as a file: JSON for programs, or one page that is read without a network and runs nothing."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, TypeVar

import orjson
from markupsafe import Markup

from supportapp.desk.exporting import Export, message_row
from supportapp.store.messages import iso
from supportapp.web.drawing import TEMPLATES, Drawing

T = TypeVar("T")
CHUNK = 32 * 1024
"""Bytes gathered before they are handed on."""
AT_ONCE = 50
"""Rows drawn at once."""
POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"

Write = Callable[[Export, Drawing, str], AsyncIterator[bytes]]


async def as_json(export: Export, _: Drawing, __: str) -> AsyncIterator[bytes]:
    """One object; unfinished where the reading fails, which nobody takes for all."""
    buffer = bytearray(b'{"persona":' + orjson.dumps(told(export.persona)))
    lists: tuple[tuple[str, AsyncIterator[Any], Callable[[Any], Any]], ...] = (
        ("sesiones", export.sesiones, told),
        ("lecturas", export.lecturas, told),
        ("mensajes", export.mensajes, message_row),
    )
    for name, rows, written in lists:
        buffer += f',"{name}":['.encode()
        first = True
        async for row in rows:
            buffer += (b"" if first else b",") + orjson.dumps(written(row))
            first = False
            if len(buffer) >= CHUNK:
                yield bytes(buffer)
                buffer.clear()
        buffer += b"]"
    yield bytes(buffer + b"}\n")


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """`row` with its moments as clients read them."""
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in row.items()}


async def as_html(export: Export, drawing: Drawing, lang: str) -> AsyncIterator[bytes]:
    """A page with everything in it; its end says that it is whole."""
    style = TEMPLATES.joinpath("export/style.css").read_text(encoding="utf-8")
    policy = POLICY.format(b64encode(sha256(style.encode()).digest()).decode())

    def draw(template: str, **context: Any) -> bytes:
        return drawing.draw(lang, f"export/{template}.html", context).encode()

    yield draw("head", persona=export.persona, style=Markup(style), policy=policy)  # noqa: S704  # our own file
    async for sessions in some_of(export.sesiones):
        yield draw("sessions", sessions=sessions)
    yield draw("middle")
    async for messages in some_of(export.mensajes):
        yield draw("messages", messages=messages)
    yield draw("foot")


async def some_of(rows: AsyncIterator[T]) -> AsyncIterator[list[T]]:
    """`rows` in pieces that are drawn at once: what else the process does goes on in between."""
    some: list[T] = []
    async for row in rows:
        some.append(row)
        if len(some) == AT_ONCE:
            yield some
            some = []
            await asyncio.sleep(0)
    yield some


FORMATS: Mapping[str, tuple[str, Write]] = MappingProxyType(
    {"json": ("application/json", as_json), "html": ("text/html", as_html)}
)
"""What may be asked for: its kind, and who writes it."""
