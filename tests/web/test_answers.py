"""Errors: a page for a person, a sentence for a fragment, JSON for the API, in the person's language."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from markupsafe import Markup

from supportapp.config import Settings
from supportapp.web.current import Web
from supportapp.web.headers import security_headers
from tests.web.conftest import serving
from tests.web.visitors import visit, write

LARGE = "a" * (256 * 1024 + 1)


@pytest.mark.parametrize(
    ("path", "method", "options", "status"),
    [
        ("/nada", "GET", {}, 404),
        ("/soporte/c/a/b/c", "GET", {}, 404),
        ("/logout", "PUT", {}, 405),
        ("/auth", "POST", {"form": {"user": LARGE}}, 413),
        ("/soporte/mensajes", "POST", {"form": {"mensaje": LARGE}}, 413),
    ],
)
async def test_a_page_for_each_error(
    web: Web, path: str, method: str, options: dict[str, Any], status: int
) -> None:
    ana = visit(web, "ana")
    page = await ana.page(path, method, **options)
    assert page.status == status
    assert f'<p class="error-status">{status}</p>' in page.text
    assert "Ir al soporte" in page.text
    ana.set_cookie("lang", "en")
    assert "Go to the support page" in (await ana.page(path, method, **options)).text
    fragment = await ana.fragment(path, method, **options)
    assert (fragment.status, fragment.headers["HX-Reswap"]) == (status, "none")
    assert "<" not in fragment.text


async def test_the_api_answers_in_json(web: Web) -> None:
    ana = visit(web, "ana")
    for path, method, status in (("/api/nada", "GET", 404), ("/api/mensajes/mios", "DELETE", 405)):
        answer = await ana.page(path, method)
        assert (answer.status, set(answer.json)) == (status, {"error"})
    assert "GET" in (await ana.ask("/api/mensajes/mios", "POST")).headers["Allow"]


async def test_a_fault_of_ours_is_a_500_that_tells_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of ours")

    monkeypatch.setattr("supportapp.desk.reading.history", fail)
    monkeypatch.setattr("supportapp.desk.reading.messages", fail)
    ana = visit(web, "ana")
    page = await ana.page("/soporte")
    assert page.status == 500
    assert "Los mensajes guardados siguen ahí" in page.text
    api = await ana.ask("/api/mensajes/mios?limite=1")
    assert (api.status, set(api.json)) == (500, {"error"})
    fragment = await ana.fragment("/soporte/mensajes")
    assert fragment.status == 500
    for answer in (page, api, fragment):
        assert "secret" not in answer.text


async def test_a_database_that_is_away_is_told_in_words(web: Web) -> None:
    ana = visit(web, "ana")
    await web.desk.database.disconnect()
    page = await ana.page("/soporte")
    assert page.status == 503
    assert "La base de datos no responde" in page.text
    assert page.headers["Refresh"] == "10"  # it tries again by itself
    assert (await visit(web).page("/login")).status == 200
    form = await visit(web).page("/auth", "POST", form={"user": "ana", "pass": "x"})
    assert form.status == 503
    assert "Refresh" not in form.headers  # nothing is sent twice by itself


async def test_nothing_that_was_typed_is_echoed_by_a_validation(web: Web) -> None:
    answer = await visit(web, "ana").ask("/api/mensajes/mios?limite=mi-secreto")
    assert answer.status == 400
    assert "secreto" not in answer.text


async def test_headers_of_every_answer(web: Web) -> None:
    ana = visit(web, "ana")
    for path in ("/soporte", "/login", "/nada", "/api/mensajes/mios", "/healthz"):
        headers = (await ana.page(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "Strict-Transport-Security" not in headers
        assert headers["Cache-Control"] == "no-store"


async def test_files_say_what_they_are_and_for_how_long_and_no_more(web: Web) -> None:
    headers = (await visit(web, "ana").page(web_static(web, "js/soporte.js"))).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in headers["Cache-Control"]
    assert "Content-Security-Policy" not in headers  # a page's: thirty files would each carry it


def web_static(web: Web, path: str) -> str:
    return str(web.asgi_app.url(path))  # type: ignore[attr-defined]


async def test_pages_have_nothing_inline_but_the_style_sheet_that_the_policy_names(web: Web) -> None:
    web.style = Markup("p{color:navy}")  # as it is where files are bundled
    await write(web.desk, "ana", "admin", "hola")
    for usuario, path in (
        ("ana", "/soporte"),
        ("marta", "/soporte/c/ana"),
        (None, "/login"),
        (None, "/registro"),
        ("ana", "/logout"),
    ):
        page = (await visit(web, usuario).page(path)).text
        assert page.count("<style") == page.count("<style>p{color:navy}</style>") == (usuario is not None)
        assert page.count('rel="stylesheet"') == (usuario is None)
        assert " style=" not in page
        assert " onclick=" not in page
        assert all('src="/static/' in tag for tag in page.split("<script")[1:])
        assert "https://" not in page


async def test_whoever_signed_in_here_has_the_style_sheet_already(web: Web) -> None:
    web.style = Markup("p{color:navy}")
    ana = visit(web, "ana")
    assert "<style>" in (await ana.page("/soporte")).text
    ana.set_cookie("prueba", "1")
    page = (await ana.page("/soporte")).text
    assert ("<style>" in page, page.count('rel="stylesheet"')) == (False, 1)


def test_the_policy_names_the_style_sheet_and_nothing_else(settings: Settings) -> None:
    style = "p{color:navy}"
    policy = security_headers(settings, style)["Content-Security-Policy"]
    named = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{named}';" in policy
    assert "unsafe" not in policy
    assert "style-src 'self';" in security_headers(settings)["Content-Security-Policy"]


async def test_https_is_kept(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"public_url": "https://chat.example"})) as web:
        headers = (await visit(web).page("/login")).headers
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
        assert "wss://chat.example" in headers["Content-Security-Policy"]


async def test_pages_are_packed_for_who_can_unpack(web: Web) -> None:
    client = web.test_client()
    plain = await client.get("/login")
    packed = await client.get("/login", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert "Content-Encoding" not in plain.headers
    assert len(await packed.get_data()) < len(await plain.get_data()) / 2
    refused = await client.get("/login", headers={"Accept-Encoding": "br;q=0"})
    assert "Content-Encoding" not in refused.headers


async def test_head_answers_like_get_without_a_body(web: Web) -> None:
    await write(web.desk, "ana", "admin", "hola")
    ana = visit(web, "ana")
    for path in (
        "/soporte",
        "/login",
        "/api/mensajes/mios",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/nada",
        web_static(web, "img/favicon.svg"),
    ):
        get, head = await ana.page(path), await ana.page(path, "HEAD")
        assert (head.status, head.text) == (get.status, ""), path
        assert head.headers["Content-Type"] == get.headers["Content-Type"]
