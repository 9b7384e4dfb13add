"""The JSON routes with more messages than anybody wants in memory."""

import asyncio
import http.client
import json
import tracemalloc
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from supportapp.config import Settings
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.messages import Message
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.serving import listening
from tests.web.visitors import visit, write

MANY = 20_000
MOMENT = datetime(2026, 1, 5, 9, 3, 7)


def messages(count: int, fails: bool = False) -> Any:
    """A history of `count` messages that exists only while it is read."""

    async def stream(*_: object) -> AsyncIterator[Message]:
        for number in range(1, count + 1):
            text = "x" * 100
            yield Message(number, "ana", "admin", text, MOMENT, False, number, "id", "Ana", "Soporte", True)
        if fails:
            raise DatabaseUnavailable("gone")

    return stream


async def test_a_long_history_is_whole(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"message_limit": "9999/second"})) as web:
        ids = await write(web.desk, "ana", "admin", *(f"mensaje {n}" for n in range(1202)))
        answer = await visit(web, "ana").ask("/api/mensajes/mios")
    assert [row["id"] for row in answer.json] == ids == list(range(1, 1203))


async def test_a_long_history_is_sent_in_pieces_and_memory_stays_flat(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportapp.desk.reading.stream_messages", messages(MANY))
    sizes: list[int] = []

    async def send(event: Any) -> None:
        sizes.append(len(event.get("body", b"")))

    tracemalloc.start()
    await web(scope(web, "/api/mensajes/mios"), nothing_more, send)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) > 4_000_000
    assert max(sizes) < 64_000
    assert peak < 2_000_000


def scope(web: Web, path: str) -> dict[str, Any]:
    cookie = f"token={visit(web, 'ana').cookie('token')}".encode()
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"cookie", cookie)],
        "root_path": "",
        "asgi": {"version": "3.0"},
    }


async def nothing_more() -> Any:
    await asyncio.sleep(60)


async def test_a_database_that_fails_on_the_way_leaves_no_whole_answer(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportapp.desk.reading.stream_messages", messages(MANY, fails=True))
    cookie = f"token={visit(web, 'ana').cookie('token')}"

    def ask(port: int) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/api/mensajes/mios", headers={"Cookie": cookie})
        try:
            return connection.getresponse().read()
        except http.client.IncompleteRead as error:
            return error.partial
        finally:
            connection.close()

    async with listening(web) as url:
        body = await asyncio.to_thread(ask, urlsplit(url).port or 0)
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


async def test_admins_read_admins_too(web: Web) -> None:
    await write(web.desk, "marta", "elena", "entre nosotras")
    answer = await visit(web, "admin").ask("/api/mensajes?con=elena")
    assert [row["mensaje"] for row in answer.json] == ["entre nosotras"]
