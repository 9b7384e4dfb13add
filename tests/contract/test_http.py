"""C02-C09 and C21-C25 of the contract, at the HTTP door: a client of the reference system works unchanged."""

import re
import time
from typing import Any

import jwt
import pytest

from supportapp.config import Settings
from supportapp.web.current import Web
from tests.clients.people import token
from tests.web.conftest import serving, web
from tests.web.visitors import PASSWORD, Visitor, visit, write

__all__ = ["web"]

WRONG = "El usuario o la contraseña son incorrectos"
MISSING = "Introduzca su usuario y contraseña"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def secret(web: Web) -> str:
    return web.desk.settings.jwt_secret.get_secret_value()


async def test_c02_a_token_made_elsewhere_is_accepted(web: Web) -> None:
    answer = await visit(web, "ana").ask("/soporte")
    assert answer.status == 200
    assert "Conectado como: ana (user)" in answer.text


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 5},
        {"exp": None},
        {"user": None},
        {"name": None},
        {"rol": None},
        {"user": "nadie"},
        {"user": "ANA"},
    ],
)
async def test_c02_a_token_that_is_not_right_is_refused(web: Web, claims: dict[str, object]) -> None:
    answer = await visit(web, "ana", **claims).ask("/soporte")
    assert (answer.status, answer.text) == (403, "Token inválido")


@pytest.mark.filterwarnings("ignore:The HMAC key")
@pytest.mark.parametrize("algorithm", ["none", "HS512"])
async def test_c02_the_algorithm_is_pinned(web: Web, algorithm: str) -> None:
    claims = {"user": "ana", "name": "Ana", "rol": "user", "exp": int(time.time()) + 60}
    stranger = visit(web)
    key: Any = None if algorithm == "none" else secret(web)
    stranger.set_cookie("token", jwt.encode(claims, key, algorithm))
    assert (await stranger.ask("/soporte")).status == 403


async def test_c02_the_role_is_the_accounts(web: Web) -> None:
    claims_to_be_admin = visit(web, "ana", rol="admin")
    answer = await claims_to_be_admin.ask("/api/usuarios-conversaciones")
    assert (answer.status, answer.json) == (403, {"error": "Acceso solo para administradores"})


async def test_c02_an_active_session_renews(web: Web) -> None:
    own = {"iss": "soporte", "sid": "de-ana", "fin": int(time.time()) + 9000}
    ana = visit(web, "ana", iat=int(time.time()) - 1200, exp=int(time.time()) + 2400, **own)
    old = ana.cookie("token")
    await ana.page("/soporte")
    renewed = ana.cookie("token")
    assert renewed != old
    assert jwt.decode(renewed or "", secret(web), ["HS256"])["exp"] > time.time() + 3500


async def test_c02_a_cookie_that_is_only_called_nearly_so_is_no_token(web: Web) -> None:
    stranger = visit(web)
    stranger.set_cookie("xtoken", token(secret(web), "ana"))
    assert (await stranger.ask("/soporte")).status == 401


async def test_c03_signing_in_sets_the_cookie_and_goes_on(web: Web) -> None:
    ana = visit(web)
    assert 'action="/auth"' in (await ana.page("/login?next=/soporte?antes=9")).text
    answer = await ana.page(
        "/auth", "POST", form={"user": "ana", "pass": PASSWORD, "next": "/soporte?antes=9"}
    )
    assert (answer.status, answer.location) == (303, "/soporte?antes=9")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("token=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    claims = jwt.decode(ana.cookie("token") or "", secret(web), ["HS256"])
    assert (claims["user"], claims["name"], claims["rol"]) == ("ana", "Ana", "user")
    assert abs(claims["exp"] - time.time() - 3600) < 30
    assert (await ana.page("/soporte")).status == 200


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"user": "ana", "pass": "otra"}, WRONG),
        ({"user": "nadie", "pass": PASSWORD}, WRONG),
        ({"user": "ana-", "pass": PASSWORD}, WRONG),
        ({"user": "admin", "pass": PASSWORD + "x"}, WRONG),
        ({"user": "a" * 5000, "pass": PASSWORD}, WRONG),
        ({"user": "ana"}, MISSING),
        ({"pass": PASSWORD}, MISSING),
        ({"user": "", "pass": ""}, MISSING),
        ({}, MISSING),
    ],
)
async def test_c03_wrong_or_missing_values_show_the_form_again(
    web: Web, form: dict[str, str], sentence: str
) -> None:
    ana = visit(web)
    answer = await ana.page("/auth", "POST", form=form)
    assert sentence in answer.text
    assert 'action="/auth"' in answer.text
    assert ana.cookie("token") is None
    assert PASSWORD not in answer.text


async def test_c03_sign_out_is_a_post_and_a_get_asks_first(web: Web) -> None:
    ana = visit(web, "ana")
    asked = await ana.page("/logout")
    assert asked.status == 200
    assert 'method="post" action="/logout"' in asked.text
    assert ana.cookie("token") is not None
    answer = await ana.page("/logout", "POST")
    assert (answer.status, answer.location) == (303, "/login")
    assert not ana.cookie("token")
    assert (await ana.ask("/soporte")).status == 401


async def test_c03_attempts_are_limited_per_account_and_per_address(
    settings: Settings, people: object
) -> None:
    few = settings.model_copy(update={"sign_in_limit": "3/5 minutes"})
    async with serving(few) as web:
        stranger = visit(web)
        for _ in range(3):
            assert (await stranger.page("/auth", "POST", form={"user": "ana", "pass": "no"})).status == 401
        refused = await stranger.page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "Demasiados intentos" in refused.text
        assert (await stranger.page("/auth", "POST", form={"user": "luis", "pass": PASSWORD})).status == 429


async def test_c04_the_language_is_kept(web: Web) -> None:
    ana = visit(web, "ana")
    assert 'lang="es"' in (await ana.page("/soporte")).text
    answer = await ana.page("/set-lang/en?returnTo=/soporte")
    assert (answer.status, answer.location) == (303, "/soporte")
    assert ana.cookie("lang") == "en"
    page = (await ana.page("/soporte")).text
    assert 'lang="en"' in page
    assert "Signed in as: ana (user)" in page
    assert (await ana.page("/set-lang/fr")).status == 404
    await ana.page("/set-lang/es")
    assert 'lang="es"' in (await ana.page("/soporte")).text


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example", "x"]
)
async def test_c04_return_to_another_site_is_ignored(web: Web, target: str) -> None:
    answer = await visit(web).page(f"/set-lang/en?returnTo={target}")
    assert answer.location == "/soporte"


async def test_c05_a_program_is_told_and_a_browser_is_sent_to_sign_in(web: Web) -> None:
    stranger, forger = visit(web), visit(web)
    forger.set_cookie("token", "forged")
    answer = await stranger.ask("/soporte")
    assert (answer.status, answer.text) == (401, "No autenticado")
    answer = await forger.ask("/soporte")
    assert (answer.status, answer.text) == (403, "Token inválido")
    for person in (stranger, forger):
        answer = await person.page("/soporte?antes=9")
        assert (answer.status, answer.location) == (303, "/login?next=/soporte%3Fantes%3D9")
    answer = await stranger.fragment(
        "/soporte/mensajes", headers={"HX-Current-URL": "http://localhost/soporte/c/ana"}
    )
    assert (answer.status, answer.headers["HX-Redirect"]) == (401, "/login?next=/soporte/c/ana")


async def test_c06_admins_read_everything_of_somebody(web: Web) -> None:
    ids = await write(web.desk, "ana", "admin", "hola", "¿están?")
    ids += await write(web.desk, "marta", "ana", "sí")
    await write(web.desk, "luis", "admin", "otra cosa")
    answer = await visit(web, "elena").ask("/api/mensajes?con=ana")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert [(row["de_usuario"], row["para_usuario"], row["mensaje"]) for row in answer.json] == [
        ("ana", "admin", "hola"),
        ("ana", "admin", "¿están?"),
        ("marta", "ana", "sí"),
    ]
    assert [row["id"] for row in answer.json] == ids
    assert all(ISO.fullmatch(row["fecha"]) for row in answer.json)
    assert set(answer.json[0]) == {"id", "de_usuario", "para_usuario", "mensaje", "fecha"}


@pytest.mark.parametrize("query", ["", "?con=", "?otro=ana"])
async def test_c06_without_con(web: Web, query: str) -> None:
    answer = await visit(web, "marta").ask(f"/api/mensajes{query}")
    assert (answer.status, answer.json) == (400, {"error": "Falta el parámetro ?con=usuario"})


async def test_c06_somebody_unknown_has_no_messages(web: Web) -> None:
    answer = await visit(web, "marta").ask("/api/mensajes?con=nadie")
    assert (answer.status, answer.json) == (200, [])


async def test_c07_everybody_reads_their_own(web: Web) -> None:
    await write(web.desk, "ana", "admin", "hola")
    await write(web.desk, "luis", "admin", "no es suyo")
    await write(web.desk, "elena", "ana", "buenas")
    answer = await visit(web, "ana").ask("/api/mensajes/mios?con=luis")
    assert [row["mensaje"] for row in answer.json] == ["hola", "buenas"]


async def test_c07_refusals_are_plain_text(web: Web) -> None:
    forger = visit(web)
    answer = await forger.ask("/api/mensajes/mios")
    assert (answer.status, answer.text) == (401, "No autenticado")
    forger.set_cookie("token", "forged")
    answer = await forger.ask("/api/mensajes/mios")
    assert (answer.status, answer.text) == (403, "Token inválido")
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_c08_who_talked_with_the_desk_latest_first(web: Web) -> None:
    await write(web.desk, "ana", "admin", "hola")
    await write(web.desk, "marta", "luis", "¿cómo va?")
    await write(web.desk, "marta", "elena", "entre nosotras")
    marta = visit(web, "marta")
    assert (await marta.ask("/api/usuarios-conversaciones")).json == ["luis", "ana"]
    await write(web.desk, "ana", "elena", "sigo aquí")
    assert (await marta.ask("/api/usuarios-conversaciones")).json == ["ana", "luis"]


async def test_c08_who_wrote_to_users_only_is_not_listed(web: Web) -> None:
    await write(web.desk, "ana", "luis", "entre usuarios")
    assert (await visit(web, "marta").ask("/api/usuarios-conversaciones")).json == []


@pytest.mark.parametrize("path", ["/api/mensajes?con=ana", "/api/mensajes", "/api/usuarios-conversaciones"])
async def test_c09_the_three_refusals(web: Web, path: str) -> None:
    forger = visit(web)
    assert await refusal(forger, path) == "Acceso denegado"
    forger.set_cookie("token", "forged")
    assert await refusal(forger, path) == "Token inválido"
    assert await refusal(visit(web, "ana"), path) == "Acceso solo para administradores"


async def refusal(person: Visitor, path: str) -> str:
    answer = await person.ask(path)
    assert answer.status == 403
    return str(answer.json["error"])


async def test_c09_pages_of_messages(web: Web) -> None:
    ids = await write(web.desk, "ana", "admin", *(f"mensaje {n}" for n in range(1, 8)))
    ana, marta = visit(web, "ana"), visit(web, "marta")
    for person, path in ((ana, "/api/mensajes/mios?"), (marta, "/api/mensajes?con=ana&")):
        for query, expected in (
            ("limite=3", ids[-3:]),
            (f"antes={ids[4]}", ids[:4]),
            (f"antes={ids[4]}&limite=2", ids[2:4]),
            (f"despues={ids[4]}", ids[5:]),
            (f"despues={ids[1]}&limite=2", ids[2:4]),
            (f"despues={ids[-1]}", []),
            ("despues=0&limite=500", ids),
        ):
            assert [row["id"] for row in (await person.ask(path + query)).json] == expected, query


@pytest.mark.parametrize(
    "query",
    ["limite=0", "limite=501", "limite=-1", "limite=x", "limite=1.0", "antes=", "antes=1&despues=1", "antes=1&antes=2",
     "despues=99999999999999999999", "despues=1_0", "limite=%0a5"],
)  # fmt: skip
async def test_c09_a_wrong_page(web: Web, query: str) -> None:
    answer = await visit(web, "ana").ask(f"/api/mensajes/mios?{query}")
    assert answer.status == 400
    assert set(answer.json) == {"error"}


async def test_c09_a_failing_database_is_a_500_in_json_and_a_503_elsewhere(web: Web) -> None:
    ana, marta = visit(web, "ana"), visit(web, "marta")
    await web.desk.database.disconnect()
    for person, path in (
        (ana, "/api/mensajes/mios"),
        (marta, "/api/mensajes?con=ana"),
        (marta, "/api/usuarios-conversaciones"),
    ):
        answer = await person.ask(path)
        assert answer.status == 500
        assert set(answer.json) == {"error"}
    page = await ana.page("/soporte")
    assert page.status == 503
    assert "<html" in page.text
    fragment = await ana.fragment("/soporte/mensajes")
    assert fragment.status == 503
    assert "<" not in fragment.text


async def test_c21_both_roles_see_the_chat(web: Web) -> None:
    for usuario, rol in (("ana", "user"), ("marta", "admin")):
        page = (await visit(web, usuario).page("/soporte")).text
        assert "Soporte</h1>" in page
        assert f"Conectado como: {usuario} ({rol})" in page
        assert 'id="chat"' in page
        assert 'id="formulario"' in page
        assert re.search(r'id="mensaje"[^>]*placeholder="Mensaje\.\.\."', page, re.DOTALL)
        assert "Enviar</button>" in page


async def test_c21_an_empty_text_is_not_sent(web: Web) -> None:
    ana = visit(web, "ana")
    for text in ("", "   \n "):
        answer = await ana.page("/soporte/mensajes", "POST", form={"para": "admin", "mensaje": text})
        assert answer.status == 422
    assert (await ana.ask("/api/mensajes/mios")).json == []


async def test_c22_a_user_sees_the_whole_own_history_and_writes_to_admin(web: Web) -> None:
    await write(web.desk, "ana", "admin", "hola")
    await write(web.desk, "marta", "ana", "buenas")
    await write(web.desk, "ana", "luis", "¿te contestan?")
    page = (await visit(web, "ana").page("/soporte")).text
    assert page.index("hola") < page.index("buenas") < page.index("¿te contestan?")
    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d", page)
    assert re.search(r'id="usuarioActual"[^>]*value="admin"', page)
    assert "Marta" in page
    assert re.search(r"Tú\s*→ luis", page)
    assert "lista-usuarios" not in page


async def test_c23_an_admin_sees_the_list_and_switches(web: Web) -> None:
    await write(web.desk, "ana", "admin", "hola")
    await write(web.desk, "luis", "admin", "buenas")
    marta = visit(web, "marta")
    page = (await marta.page("/soporte")).text
    assert "Usuarios</h2>" in page
    assert 'id="lista-usuarios"' in page
    assert page.index('id="user-luis"') < page.index('id="user-ana"')
    assert "list-group-item" in page
    panel = (await marta.fragment("/soporte/c/ana/panel")).text
    assert "<html" not in panel
    assert "hola" in panel
    assert "buenas" not in panel
    assert re.search(r'id="usuarioActual"[^>]*value="ana"', panel)
    whole = (await marta.page("/soporte/c/ana")).text
    assert 'id="user-luis"' in whole
    assert re.search(r'id="usuarioActual"[^>]*value="ana"', whole)


async def test_c24_the_marks_of_the_list(web: Web) -> None:
    await write(web.desk, "ana", "admin", "uno", "dos")
    (last,) = await write(web.desk, "luis", "admin", "tres")
    marta = visit(web, "marta")
    page = (await marta.page("/soporte/c/luis")).text
    assert "bg-light text-success fw-bold" in row(page, "luis")
    assert "text-danger fw-bold" in row(page, "ana")
    assert 'data-nuevo="true"' in row(page, "ana")
    assert ">2<" in row(page, "ana")
    answer = await marta.ask("/soporte/leido", "POST", form={"con": "ana", "hasta": str(last)})
    assert answer.status == 204
    await wait_until_read(marta, "ana")
    one = (await marta.fragment("/soporte/conversaciones/ana")).text
    assert 'data-nuevo="false"' in one
    assert "text-danger" not in one
    assert "text-danger" in (await visit(web, "elena").fragment("/soporte/conversaciones/ana")).text


async def wait_until_read(person: Visitor, usuario: str) -> None:
    for _ in range(200):
        if 'data-nuevo="false"' in (await person.fragment(f"/soporte/conversaciones/{usuario}")).text:
            return
    raise AssertionError("never read")


def row(page: str, usuario: str) -> str:
    found = re.search(rf'<li id="user-{usuario}".*?</li>', page, re.DOTALL)
    assert found
    return found.group()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}",
        "</textarea><b>x</b>",
        "😀 a < b & c",
        "שלום עולם",
    ],
)
async def test_c25_what_a_person_typed_is_text(web: Web, text: str) -> None:
    ana, marta = visit(web, "ana"), visit(web, "marta")
    await ana.page("/soporte/mensajes", "POST", form={"para": "admin", "mensaje": text})
    assert [entry["mensaje"] for entry in (await ana.ask("/api/mensajes/mios")).json] == [text]
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    for page in (await ana.page("/soporte"), await marta.page("/soporte/c/ana")):
        assert escaped in page.text
        assert text == escaped or text not in page.text


async def test_c25_a_name_is_text(web: Web) -> None:
    form = {"nombre": "<b>Eva</b>", "user": "eva", "pass": PASSWORD, "pass2": PASSWORD}
    eva = visit(web)
    assert (await eva.page("/registro", "POST", form=form)).status == 303
    await write(web.desk, "eva", "admin", "hola")
    page = (await visit(web, "marta").page("/soporte/c/eva")).text
    assert "&lt;b&gt;Eva&lt;/b&gt;" in page
    assert "<b>Eva" not in page
