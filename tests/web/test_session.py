"""Signing in, registering, signing out."""

import asyncio
import re
import time
from datetime import timedelta

import jwt
import pytest

from supportapp.config import Settings
from supportapp.desk.moment import utc_now
from supportapp.desk.session import Session
from supportapp.store.database import DatabaseUnavailable
from supportapp.web.current import Web
from tests.clients.people import token
from tests.web.conftest import serving
from tests.web.visitors import PASSWORD, Answer, visit

EVA = {"nombre": "Eva Ruiz", "user": "eva", "pass": PASSWORD, "pass2": PASSWORD}


async def test_registering_signs_in(web: Web) -> None:
    eva = visit(web)
    assert 'action="/registro"' in (await eva.page("/registro")).text
    answer = await eva.page("/registro", "POST", form=EVA)
    assert (answer.status, answer.location) == (303, "/soporte")
    assert "Conectado como: eva (user)" in (await eva.page("/soporte")).text
    again = visit(web)
    assert (await again.page("/auth", "POST", form={"user": "eva", "pass": PASSWORD})).status == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"user": "ana"}, "Este usuario ya existe"),
        ({"user": "ANA"}, "Este usuario ya existe"),
        ({"user": "con espacio"}, "Use de 1 a 64"),
        ({"user": "ñandú"}, "Use de 1 a 64"),
        ({"user": ""}, "Use de 1 a 64"),
        ({"nombre": "   "}, "Escriba su nombre"),
        ({"nombre": "a" * 101}, "Escriba su nombre"),
        ({"nombre": "Eva\x00"}, "Escriba su nombre"),
        ({"pass": "corta", "pass2": "corta"}, "8 caracteres como mínimo"),
        ({"pass2": "otra cosa"}, "no coinciden"),
    ],
)
async def test_a_wrong_field_is_told_beside_it(web: Web, wrong: dict[str, str], sentence: str) -> None:
    eva = visit(web)
    answer = await eva.page("/registro", "POST", form=EVA | wrong)
    assert answer.status == 422
    assert sentence in answer.text
    assert "aria-invalid" in answer.text
    assert PASSWORD not in answer.text
    assert eva.cookie("token") is None


async def test_what_was_typed_rightly_stays_in_the_form(web: Web) -> None:
    answer = await visit(web).page("/registro", "POST", form=EVA | {"pass2": "otra"})
    assert 'value="Eva Ruiz"' in answer.text
    assert 'value="eva"' in answer.text


async def test_nobody_registers_as_an_admin(web: Web) -> None:
    eva = visit(web)
    await eva.page("/registro", "POST", form=EVA | {"rol": "admin"})
    assert "eva (user)" in (await eva.page("/soporte")).text


async def test_registration_may_be_closed(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"open_registration": False})) as web:
        assert (await visit(web).page("/registro")).status == 404
        assert (await visit(web).page("/registro", "POST", form=EVA)).status == 404
        assert "/registro" not in (await visit(web).page("/login")).text
    async with serving(settings) as web:
        assert "/registro" in (await visit(web).page("/login")).text


async def test_registering_is_limited_per_address(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "2/5 minutes"})) as web:
        for name in ("eva1", "eva2"):
            assert (await visit(web).page("/registro", "POST", form=EVA | {"user": name})).status == 303
        answer = await visit(web).page("/registro", "POST", form=EVA | {"user": "eva3"})
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0


async def test_an_office_behind_one_address_signs_in(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "2/5 minutes"})) as web:
        for usuario in ("ana", "luis", "marta", "elena", "ana", "ana"):
            assert (
                await visit(web).page("/auth", "POST", form={"user": usuario, "pass": PASSWORD})
            ).status == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"]
)
async def test_signing_in_never_leads_elsewhere(web: Web, target: str) -> None:
    answer = await visit(web).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD, "next": target})
    assert answer.location == "/soporte"
    page = await visit(web).page("/login", query_string={"next": target})
    assert 'name="next" value="/soporte"' in page.text


async def test_who_is_signed_in_needs_no_form(web: Web) -> None:
    ana = visit(web, "ana")
    assert (await ana.page("/login?next=/soporte?antes=3")).location == "/soporte?antes=3"
    assert (await ana.page("/registro")).location == "/soporte"
    assert (await visit(web).page("/logout")).location == "/login"
    assert (await visit(web).page("/")).location == "/soporte"


async def test_a_dead_session_sees_the_form(web: Web) -> None:
    old = visit(web, "ana", exp=int(time.time()) - 10)
    assert 'action="/auth"' in (await old.page("/login")).text


SIGN_IN = {"user": "ana", "pass": PASSWORD}
TLS = {"public_url": "https://chat.example"}


def cookies_set(answer: Answer) -> dict[str, str]:
    """What is set and taken away, by name; the value with its attributes."""
    found = (line.partition("=") for line in answer.headers.getlist("Set-Cookie"))
    return {name: rest for name, _, rest in found}


async def test_over_https_the_session_has_a_name_that_no_other_host_can_set(
    settings: Settings, people: object
) -> None:
    async with serving(settings.model_copy(update=TLS)) as web:
        over = visit(web)
        over.set_cookie("token", token(settings.jwt_secret.get_secret_value(), "luis"))
        answer = await over.page("/auth", "POST", form=SIGN_IN, headers={"Host": "chat.example"})
        given = cookies_set(answer)
        assert {part.strip() for part in given["__Host-token"].split(";")[1:]} >= {
            "Secure", "HttpOnly", "Path=/", "SameSite=Lax",
        }  # fmt: skip
        assert "Domain" not in given["__Host-token"]
        assert given["token"].startswith(";")
        ours = given["__Host-token"].split(";")[0]
        both = {
            "Cookie": f"token={token(settings.jwt_secret.get_secret_value(), 'luis')}; __Host-token={ours}"
        }
        page = await visit(web).page("/soporte", headers=both | {"Host": "chat.example"})
        assert "ana (user)" in page.text
        left = await visit(web).page("/logout", "POST", headers=both | {"Host": "chat.example"})
        assert {name for name, rest in cookies_set(left).items() if rest.startswith(";")} == {
            "token",
            "__Host-token",
        }
        for header in both["Cookie"].split("; "):
            copied = await visit(web).page("/soporte", headers={"Cookie": header, "Host": "chat.example"})
            assert copied.status == 303
        assert "luis (user)" in (await visit(web, "luis", iat=1 + time.time()).page("/soporte")).text


@pytest.mark.parametrize(("usuario", "seconds"), [("ana", 720 * 3600), ("marta", 300)])
async def test_without_https_it_is_called_token_and_lasts_as_the_role_s_sessions_do(
    settings: Settings, people: object, usuario: str, seconds: int
) -> None:
    async with serving(settings.model_copy(update={"admin_session_idle_minutes": 5})) as web:
        given = cookies_set(await visit(web).page("/auth", "POST", form=SIGN_IN | {"user": usuario}))
        assert {*given} == {"token", "dispositivo"}
        assert f"Max-Age={seconds};" in given["token"]


async def test_a_session_of_before_takes_the_new_name_when_it_renews(
    settings: Settings, people: object
) -> None:
    own = {"iss": "soporte", "sid": "de-ana", "fin": int(time.time()) + 9000}
    async with serving(settings.model_copy(update=TLS)) as web:
        ana = visit(web, "ana", iat=int(time.time()) - 1200, exp=int(time.time()) + 2400, **own)
        given = cookies_set(await ana.page("/soporte"))
        assert given["token"].startswith(";")
        assert len(given["__Host-token"].split(";")[0]) > 100


async def test_only_of_a_session_that_idles_a_page_says_so(web: Web) -> None:
    own = {"iss": "soporte", "fin": int(time.time()) + 9000, "iat": time.time()}
    for visitor, seconds in (
        (visit(web, "marta", sid="de-marta", **own), [3600, 3535, 8999]),
        (visit(web, "marta"), []),  # a site's token ends when the site says so
        (visit(web, "ana", sid="de-ana", **own), []),
    ):
        page, asked = await visitor.page("/soporte"), await visitor.page("/soporte/comprobacion")
        (drawn,) = re.findall(r'data-epoca=\S+ data-sesion="([^"]*)"', page.text)
        for said in (drawn, asked.headers.get("Soporte-Sesion", "")):
            assert [int(one) for one in said.split()] == pytest.approx(seconds, abs=3)


async def test_what_a_page_asks_by_itself_renews_no_session(web: Web) -> None:
    own = {"iss": "soporte", "sid": "de-marta", "fin": int(time.time()) + 9000}
    marta = visit(web, "marta", iat=int(time.time()) - 1200, exp=int(time.time()) + 2400, **own)
    old = marta.cookie("token")
    for path in ("/soporte/conversaciones?despues=1", "/soporte/mensajes?con=ana&despues=1"):
        assert (await marta.fragment(path, headers={"Soporte-Fondo": "1"})).status == 200
    assert marta.cookie("token") == old
    assert (await marta.fragment("/soporte/conversaciones")).status == 200
    assert marta.cookie("token") != old
    ana = visit(web, "ana", iat=int(time.time()) - 1200, exp=int(time.time()) + 2400, **own)
    old = ana.cookie("token")
    await ana.fragment("/soporte/mensajes?despues=1", headers={"Soporte-Fondo": "1"})
    assert ana.cookie("token") != old  # whoever waits for an answer has nothing to touch


async def test_what_an_admins_page_asks_by_itself_is_no_use_of_the_session(web: Web) -> None:
    """Or a session that lives by its use would never end while its page is open."""
    for usuario, uses in (("marta", []), ("ana", ["ana"])):
        await web.desk.sessions.write()
        await web.desk.database.execute("DELETE FROM sesiones")
        visitor = visit(
            web, usuario, iss="soporte", sid=usuario, iat=int(time.time()), fin=int(time.time()) + 9000
        )
        await visitor.fragment("/soporte/mensajes?con=ana&despues=1", headers={"Soporte-Fondo": "1"})
        await web.desk.sessions.write()
        rows = await web.desk.database.fetch_all("SELECT usuario FROM sesiones")
        assert [row["usuario"] for row in rows] == uses
        await visitor.fragment("/soporte/mensajes?con=ana&despues=1")
        await web.desk.sessions.write()
        assert await web.desk.database.fetch_val("SELECT COUNT(*) FROM sesiones") == 1


async def test_whose_browser_was_closed_for_a_week_is_still_signed_in(web: Web) -> None:
    ana = visit(web)
    await ana.page("/auth", "POST", form=SIGN_IN)
    await ana.page("/soporte")
    await web.desk.sessions.write()
    week, secret = 7 * 24 * 3600, web.desk.settings.jwt_secret.get_secret_value()
    claims = jwt.decode(str(ana.cookie("token")), secret, ["HS256"])
    claims |= {name: claims[name] - week for name in ("iat", "exp", "fin")}
    ana.set_cookie("token", jwt.encode(claims, secret, "HS256"))
    await web.desk.database.execute(
        "UPDATE sesiones SET vista = :then, creada = :then", {"then": utc_now() - timedelta(seconds=week)}
    )
    assert (await ana.page("/soporte")).status == 200
    renewed = jwt.decode(str(ana.cookie("token")), secret, ["HS256"])
    assert (renewed["sid"], renewed["fin"]) == (claims["sid"], claims["fin"])


async def test_signing_out_wins_over_renewal(web: Web) -> None:
    own = {"iss": "soporte", "sid": "de-ana", "fin": int(time.time()) + 9000}
    ana = visit(web, "ana", iat=int(time.time()) - 1200, exp=int(time.time()) + 2400, **own)
    old = ana.cookie("token") or ""
    await ana.page("/soporte")
    renewed = ana.cookie("token") or ""
    await ana.page("/logout", "POST")
    assert not ana.cookie("token")
    for kept in (old, renewed):  # a copy, and an answer that came after the sign-out
        ana.set_cookie("token", kept)
        assert (await ana.page("/soporte")).location.startswith("/login")


async def test_a_renewal_that_is_answered_after_the_sign_out_signs_nobody_in(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"iss": "soporte", "sid": "de-ana", "fin": int(time.time()) + 9000}
    ana = visit(web, "ana", iat=int(time.time()) - 1200, exp=int(time.time()) + 2400, **own)
    session, judged, left = web.desk.identity.session, asyncio.Event(), asyncio.Event()

    async def slow(*tokens: str, restricted: bool = False) -> Session:
        found = await session(*tokens, restricted=restricted)
        if not judged.is_set():
            judged.set()
            await left.wait()
        return found

    monkeypatch.setattr(web.desk.identity, "session", slow)
    late = asyncio.create_task(ana.page("/soporte"))
    await judged.wait()
    assert (await ana.page("/logout", "POST")).location == "/login"
    assert not ana.cookie("token")
    left.set()
    assert (await late).status == 200
    assert ana.cookie("token")  # the browser has kept what came last
    assert (await ana.page("/soporte")).location.startswith("/login")


async def test_another_programs_cookie_of_the_same_name_is_passed_over(web: Web) -> None:
    ana = visit(web, "ana")
    cookies = f"token=another-programs; token={ana.cookie('token')}"
    assert (await visit(web).page("/soporte", headers={"Cookie": cookies})).status == 200


async def test_a_blank_behind_the_name_and_a_capital_are_forgiven_and_counted_as_one_account(
    settings: Settings, people: object
) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "2/5 minutes"})) as web:
        for written in ("ana ", " Ana"):
            answer = await visit(web).page("/auth", "POST", form={"user": written, "pass": PASSWORD})
            assert answer.status == 303
        for status, written in ((401, "ana"), (401, "ANA"), (429, "Aná ")):
            answer = await visit(web).page("/auth", "POST", form={"user": written, "pass": "wrong"})
            assert answer.status == status


async def test_signing_in_and_registering_without_the_database_keep_what_was_typed(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("gone")

    for name in ("check_password", "register"):
        monkeypatch.setattr(web.desk.accounts, name, away)
    answer = await visit(web).page(
        "/auth", "POST", form={"user": "ana", "pass": PASSWORD, "next": "/soporte"}
    )
    assert answer.status == 503
    assert "no responde" in answer.text
    assert 'value="ana"' in answer.text
    assert "Refresh" not in answer.headers
    answer = await visit(web).page("/registro", "POST", form=EVA)
    assert answer.status == 503
    assert 'value="Eva Ruiz"' in answer.text
    assert PASSWORD not in answer.text


async def test_signing_out_empties_the_cache_and_keeps_the_outbox(web: Web) -> None:
    answer = await visit(web, "ana").page("/logout", "POST")
    assert answer.headers["Clear-Site-Data"] == '"cache"'


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("en-GB,en;q=0.8", "en"), ("fr, en;q=0.5, es;q=0.4", "en"), ("es-MX", "es"), ("fr", "es"), ("", "es")],
)
async def test_the_browsers_language_counts_until_one_is_chosen(web: Web, accepted: str, lang: str) -> None:
    stranger = visit(web)
    page = await stranger.page("/login", headers={"Accept-Language": accepted})
    assert f'<html lang="{lang}">' in page.text
    await stranger.page("/set-lang/es")
    page = await stranger.page("/login", headers={"Accept-Language": accepted})
    assert '<html lang="es">' in page.text


async def test_the_cookie_is_secure_where_the_site_is(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"public_url": "https://chat.example"})) as web:
        answer = await visit(web).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})
        assert "Secure" in answer.headers["Set-Cookie"]
    async with serving(settings) as web:
        answer = await visit(web).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})
        assert "Secure" not in answer.headers["Set-Cookie"]


async def test_a_browser_that_keeps_no_cookies_is_told_so(web: Web) -> None:
    stranger = visit(web)
    came = {"Referer": "http://localhost/login", "Cookie": ""}
    told = await stranger.page("/login?next=/soporte", headers=came)
    assert "cookies" in told.text
    assert "cookies" not in (await visit(web).page("/login?next=/soporte")).text
