"""`/cuenta`: one's own sessions and password, and nobody else's."""

import asyncio
import re
import time

import bcrypt
import jwt
import pytest

from supportapp.config import Settings
from supportapp.desk import hashing
from supportapp.desk.access import changing, end_all
from supportapp.desk.hashing import Hashing
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import PASSWORD, Answer, Visitor, visit

NEW = "otra-correcta-5678"
OPERATORS = "del-operador-9012"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36"
)
ENDING = re.compile(r'action="/cuenta/sesiones/([0-9a-f]{32})/fin"')


@pytest.fixture(autouse=True)
def refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That refusals wait is tested where passwords are."""
    monkeypatch.setattr(hashing, "STEP", 0.001)


async def sign_in(
    web: Web, usuario: str = "ana", browser: str = FIREFOX, password: str = PASSWORD
) -> Visitor:
    """Somebody's browser after signing in with a password, and after the first page."""
    visitor = visit(web)
    form = {"user": usuario, "pass": password}
    assert (await visitor.page("/auth", "POST", form=form)).status == 303
    await visitor.page("/soporte", headers={"User-Agent": browser})
    return visitor


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.page("/soporte")).status == 200


async def change(
    visitor: Visitor, actual: str = PASSWORD, new: str = NEW, again: str | None = None
) -> Answer:
    form = {"actual": actual, "pass": new, "pass2": new if again is None else again}
    return await visitor.page("/cuenta/clave", "POST", form=form)


async def test_it_shows_where_one_is_signed_in(web: Web) -> None:
    laptop, phone = await sign_in(web), await sign_in(web, browser=PHONE)
    await sign_in(web, "luis", browser="Lynx/2.9")
    page = (await laptop.page("/cuenta", headers={"User-Agent": FIREFOX})).text
    assert "Firefox en Linux" in page
    assert "Chrome Mobile en Android" in page
    assert "Lynx" not in page
    assert page.count("esta</span>") == 1
    (other,) = ENDING.findall(page)
    assert ENDING.findall((await phone.page("/cuenta")).text) != [other]


async def test_ending_one_ends_that_one(web: Web) -> None:
    laptop, phone, luis = await sign_in(web), await sign_in(web, browser=PHONE), await sign_in(web, "luis")
    (other,) = ENDING.findall((await laptop.page("/cuenta")).text)
    for stranger, status in ((luis, 404), (visit(web), 303)):
        assert (await stranger.page(f"/cuenta/sesiones/{other}/fin", "POST")).status == status
    assert await is_in(phone)
    answer = await laptop.page(f"/cuenta/sesiones/{other}/fin", "POST")
    assert (answer.status, answer.location) == (303, "/cuenta?hecho=sesion")
    page = (await laptop.page(answer.location)).text
    assert "La sesión se ha cerrado." in page
    assert ENDING.findall(page) == []
    assert not await is_in(phone)
    assert await is_in(luis)
    assert (await laptop.page(f"/cuenta/sesiones/{other}/fin", "POST")).status == 404
    assert (await phone.page("/cuenta")).status == 303


async def test_ending_all_others_ends_those_that_nobody_has_seen_too(web: Web) -> None:
    laptop, phone, luis = await sign_in(web), await sign_in(web, browser=PHONE), await sign_in(web, "luis")
    unseen, before = web.desk.identity.issue("ana", "Ana", "user"), laptop.cookie("token")
    answer = await laptop.page("/cuenta/sesiones/fin", "POST")
    assert (answer.status, answer.location) == (303, "/cuenta?hecho=sesiones")
    assert laptop.cookie("token") != before
    secret = web.desk.settings.jwt_secret.get_secret_value()
    first, second = (jwt.decode(str(one), secret, ["HS256"]) for one in (before, laptop.cookie("token")))
    assert second["fin"] == first["fin"]  # or it would never have to end
    assert second["sid"] != first["sid"]
    assert "Todas las demás sesiones se han cerrado." in (await laptop.page(answer.location)).text
    for token in (unseen, before):
        thief = visit(web)
        thief.set_cookie("token", str(token))
        assert not await is_in(thief)
    assert not await is_in(phone)
    assert await is_in(luis)
    assert await is_in(laptop)


async def test_a_token_of_the_site_is_never_exchanged_for_one_of_ours(web: Web) -> None:
    ana = visit(web, "ana", iat=time.time() - 5)
    page = (await ana.page("/cuenta")).text
    assert "desde el sitio" in page
    assert "Cerrarlas todas, también esta" in page
    answer = await ana.page("/cuenta/sesiones/fin", "POST")
    assert (answer.status, answer.location) == (303, "/login")
    assert not ana.cookie("token")


async def test_a_new_password_ends_every_other_session(web: Web) -> None:
    laptop, phone = await sign_in(web), await sign_in(web, browser=PHONE)
    before = laptop.cookie("token")
    answer = await change(laptop)
    assert (answer.status, answer.location) == (303, "/cuenta?hecho=clave")
    assert "La contraseña se ha cambiado" in (await laptop.page(answer.location)).text
    assert await is_in(laptop)
    assert not await is_in(phone)
    thief = visit(web)
    thief.set_cookie("token", str(before))
    assert not await is_in(thief)
    assert (await visit(web).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})).status == 401
    assert await is_in(await sign_in(web, password=NEW))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"actual": "otra"}, "La contraseña actual no es esta."),
        ({"actual": ""}, "La contraseña actual no es esta."),
        ({"new": "corta"}, "8 caracteres como mínimo"),
        ({"new": "password123"}, "se adivinan primero"),
        ({"again": "distinta-5678"}, "no coinciden"),
    ],
)
async def test_a_refusal_stands_beside_its_field_and_changes_nothing(
    web: Web, wrong: dict[str, str], sentence: str
) -> None:
    laptop, phone = await sign_in(web), await sign_in(web, browser=PHONE)
    answer = await change(laptop, **wrong)
    assert answer.status == 422
    assert sentence in answer.text
    assert "aria-invalid" in answer.text
    assert NEW not in answer.text
    assert PASSWORD not in answer.text
    assert await is_in(phone)
    await sign_in(web)


async def test_guessing_the_password_of_an_open_page_is_limited(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "3/5 minutes"})) as web:
        ana = await sign_in(web)
        assert [(await change(ana, actual="otra")).status for _ in range(4)] == [422, 422, 422, 429]
        answer = await change(ana)
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0


async def test_who_guesses_at_the_sign_in_page_keeps_nobody_from_a_new_password(
    settings: Settings, people: object
) -> None:
    limited = settings.model_copy(update={"sign_in_limit": "3/5 minutes", "trusted_proxies": 1})
    async with serving(limited) as web:
        ana = await sign_in(web)
        mine = ana.cookie("dispositivo")
        for number in range(40):
            form, hop = {"user": "ana", "pass": "no"}, {"X-Forwarded-For": f"10.1.{number}.1"}
            await visit(web).page("/auth", "POST", form=form, headers=hop)
        assert (await change(ana)).status == 303
        assert ana.cookie("dispositivo") == mine


async def test_rightly_typed_ones_are_not_counted(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "3/5 minutes"})) as web:
        ana = await sign_in(web)
        assert [(await change(ana, new="corta")).status for _ in range(4)] == [422] * 4
        assert (await change(ana)).status == 303


async def test_an_account_without_a_password_gets_none_here(web: Web) -> None:
    await web.desk.database.execute("UPDATE usuarios SET pass = NULL WHERE usuario = 'ana'")
    ana = visit(web, "ana")
    assert "/cuenta/clave" not in (await ana.page("/cuenta")).text
    assert (await change(ana, actual="")).status == 422
    assert await web.desk.database.fetch_val("SELECT pass FROM usuarios WHERE usuario = 'ana'") is None


@pytest.mark.parametrize("path", ["/cuenta/clave", "/cuenta/sesiones/fin", "/cuenta/sesiones/{other}/fin"])
async def test_whoever_is_ended_while_they_wait_for_their_turn_changes_nothing(
    web: Web, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    laptop, _phone = await sign_in(web), await sign_in(web, browser=PHONE)
    (other,) = ENDING.findall((await laptop.page("/cuenta")).text)
    guarded, database = asyncio.Event(), web.desk.database
    monkeypatch.setattr(web.desk.sessions, "seen", lambda *_: guarded.set())
    form = {"actual": PASSWORD, "pass": NEW, "pass2": NEW}
    async with changing(database, "ana", "sesiones") as connection:
        waiting = asyncio.create_task(laptop.page(path.format(other=other), "POST", form=form))
        await guarded.wait()
        await end_all(connection, "ana", "cuenta")
    before = await database.fetch_all("SELECT pass, sesiones_desde FROM usuarios WHERE usuario = 'ana'")
    answer = await waiting
    if answer.status != 404:  # that one had ended before it was looked for
        assert (answer.status, answer.location[:6]) == (303, "/login")
    assert not answer.headers.get("Set-Cookie", "").startswith("token=ey")
    after = await database.fetch_all("SELECT pass, sesiones_desde FROM usuarios WHERE usuario = 'ana'")
    assert list(map(dict, after)) == list(map(dict, before))
    assert await database.fetch_val("SELECT COUNT(*) FROM sesiones WHERE motivo = 'cerrada'") == 0


async def test_a_password_that_was_set_meanwhile_is_not_written_over(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_of, accounts = Hashing.make, web.desk.accounts

    async def made(self: Hashing, password: str) -> str:
        if password == NEW:  # the old one is verified by now
            await accounts.set_password("ana", OPERATORS)
            # In a second that is over, so that it alone does not end the session that waits.
            await web.desk.database.execute("UPDATE usuarios SET sesiones_desde = NULL WHERE usuario = 'ana'")
        return await hash_of(self, password)

    ana = await sign_in(web)
    monkeypatch.setattr(Hashing, "make", made)
    answer = await change(ana)
    assert answer.status == 422
    assert "La contraseña actual no es esta." in answer.text
    assert await accounts.check_password("ana", OPERATORS) is not None
    assert await accounts.check_password("ana", NEW) is None


async def test_a_hash_of_before_is_replaced_once_more_by_the_new_password(web: Web) -> None:
    """What was verified was made stronger on the way: that is the hash that the new one takes the place of."""
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    await web.desk.database.execute("UPDATE usuarios SET pass = :old WHERE usuario = 'ana'", {"old": old})
    token = web.desk.identity.issue("ana", "Ana", "user")
    ana = visit(web)
    ana.set_cookie("token", token)
    assert (await change(ana)).status == 303
    assert await web.desk.accounts.check_password("ana", NEW) is not None


@pytest.mark.parametrize("path", ["/cuenta", "/cuenta/clave", "/cuenta/sesiones/fin"])
async def test_a_stranger_is_sent_to_sign_in(web: Web, path: str) -> None:
    method = "GET" if path == "/cuenta" else "POST"
    for visitor in (visit(web), visit(web, "nadie")):
        answer = await visitor.page(path, method, form={} if method == "POST" else None)
        assert answer.status == 303
        assert answer.location.startswith("/login")


async def test_nobody_fills_the_audit_with_what_is_their_own(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "3/5 minutes"})) as web:
        ana = await sign_in(web)
        answers = [await ana.page("/cuenta/sesiones/fin", "POST") for _ in range(20)]
        assert [answer.status for answer in answers] == [303] * 15 + [429] * 5
        assert int(answers[-1].headers["Retry-After"]) > 0
        written = await web.desk.database.fetch_val(
            "SELECT COUNT(*) AS n FROM auditoria WHERE que = 'sesiones'"
        )
        assert written == 15
        assert (await (await sign_in(web, "luis")).page("/cuenta/sesiones/fin", "POST")).status == 303
