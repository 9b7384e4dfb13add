"""`/cuenta/exportar`: all that is kept of oneself, of nobody else, and nothing that looks whole and is not."""

import asyncio
import http.client
import json
import re
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from supportapp.config import Settings
from supportapp.desk.access import end_sessions
from supportapp.desk.erasing import erase
from supportapp.store.database import Database
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.serving import listening
from tests.web.test_account import FIREFOX, sign_in
from tests.web.test_api import MANY, messages, nothing_more, scope
from tests.web.visitors import Answer, Visitor, visit, write

HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(1)> & \"'</li> https://a.example/?x=1 \u202e"


async def exported(visitor: Visitor, formato: str = "json", **more: Any) -> Answer:
    return await visitor.page(f"/cuenta/exportar?formato={formato}", **more)


async def test_everything_of_oneself_is_in_it(web: Web) -> None:
    ana = await sign_in(web)
    await write(web.desk, "ana", "admin", "una", "dos")
    await write(web.desk, "marta", "ana", "respuesta")
    await write(web.desk, "luis", "admin", "secreto de Luis")
    await web.desk.sessions.write()
    answer = await exported(ana)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert re.fullmatch(
        r'attachment; filename="soporte-\d{4}-\d\d-\d\d\.json"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.json
    assert [row["mensaje"] for row in found["mensajes"]] == ["una", "dos", "respuesta"]
    assert (found["persona"]["usuario"], found["persona"]["con_clave"]) == ("ana", True)
    assert FIREFOX in {one["navegador"] for one in found["sesiones"]}
    assert "argon2" not in answer.text
    assert "secreto" not in answer.text


async def test_whose_it_is_nobody_can_choose(web: Web) -> None:
    await write(web.desk, "luis", "admin", "secreto de Luis")
    for who in ("ana", "marta"):  # an admin neither: that is a command
        for ask in ("&con=luis", "&usuario=luis", "&user=luis&de=luis"):
            answer = await visit(web, who).page(f"/cuenta/exportar?formato=json{ask}")
            assert answer.json["persona"]["usuario"] == who
            assert "secreto" not in answer.text
    for formato in ("", "JSON", "xml", "../json", "html%00", "json/../../etc/passwd"):
        assert (await exported(visit(web, "ana"), formato)).status == 404
    head = await visit(web, "ana").page("/cuenta/exportar", "HEAD")
    assert (head.status, head.text) == (200, "")
    stranger = visit(web)
    assert (await exported(stranger)).status == 303
    assert (await stranger.ask("/cuenta/exportar")).status == 401
    assert (await visit(web, "ana").page("/cuenta/exportar", "POST")).status == 405


async def test_the_page_shows_what_was_typed_and_runs_nothing(web: Web) -> None:
    await write(web.desk, "ana", "admin", HOSTILE, "dos\nlíneas")
    answer = await exported(visit(web, "ana"), "html")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith('.html"')
    page = answer.text
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].replace("&#39;", "'").startswith("default-src 'none'; style-src 'sha256-")
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(
        r"<(a|link|form|iframe|base)\b| (href|src|on\w+)=", page.replace("src=x onerror=alert(1)", "")
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "dos\nlíneas" in page
    assert page.rstrip().endswith("</html>")
    english = await exported(visit(web, "ana"), "html", headers={"Accept-Language": "en"})
    assert "Your data in support" in english.text


@pytest.mark.parametrize("formato", ["json", "html"])
async def test_it_is_sent_in_pieces_and_memory_stays_flat(
    web: Web, monkeypatch: pytest.MonkeyPatch, formato: str
) -> None:
    monkeypatch.setattr("supportapp.desk.exporting.stream_messages", messages(MANY))
    sizes: list[int] = []

    async def send(event: Any) -> None:
        sizes.append(len(event.get("body", b"")))

    asked = scope(web, "/cuenta/exportar") | {"query_string": f"formato={formato}".encode()}
    await exported(visit(web, "ana"), formato)  # the templates are read
    tracemalloc.start()
    await web(asked, nothing_more, send)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) > 4_000_000
    assert max(sizes) < 64_000
    assert peak < 3_000_000


async def test_it_is_not_asked_for_again_and_again(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "3/minute"})) as web:
        ana = visit(web, "ana")
        assert [(await exported(ana)).status for _ in range(4)] == [200, 200, 200, 429]
        assert (await exported(visit(web, "luis"))).status == 200


@pytest.mark.parametrize("how", [end_sessions, erase])
async def test_an_export_whose_session_ends_breaks_off(
    web: Web, monkeypatch: pytest.MonkeyPatch, how: Any
) -> None:
    """It could not be told from all there is: so it is cut, and no reader takes it for whole."""
    database = web.desk.database
    ana = visit(web, "ana")
    whole = messages(1200)

    async def ended(*_: object) -> AsyncIterator[Any]:
        async for message in whole():
            if message.id == 700:
                await how(database, "ana")
            yield message

    monkeypatch.setattr("supportapp.desk.exporting.stream_messages", ended)
    async with listening(web) as url:

        def ask() -> bytes:
            parts = urlsplit(url)
            connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
            connection.request("GET", "/cuenta/exportar", headers={"Cookie": f"token={ana.cookie('token')}"})
            try:
                return connection.getresponse().read()
            finally:
                connection.close()

        with pytest.raises((http.client.IncompleteRead, ConnectionError)) as broken:
            await asyncio.to_thread(ask)
    if isinstance(broken.value, http.client.IncompleteRead):
        with pytest.raises(json.JSONDecodeError):
            json.loads(broken.value.partial)


async def test_what_was_erased_says_so(web: Web, database: Database) -> None:
    await write(web.desk, "ana", "luis", "hola Luis, soy Ana")
    await write(web.desk, "luis", "admin", "buenas")
    await erase(database, "ana")
    luis = visit(web, "luis")
    assert "Mensaje borrado" in (await exported(luis, "html")).text
    first, second = (await exported(luis)).json["mensajes"]
    assert first["mensaje"] == ""
    assert first["borrado"] >= first["fecha"]
    assert "borrado" not in second
    assert "ana" not in json.dumps(first)
    assert (await exported(visit(web, "ana"))).status == 303
