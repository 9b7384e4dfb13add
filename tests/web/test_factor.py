"""The second factor: got, asked for, given up; each code once, by nobody else, and not by trying."""

import re
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pyotp
import pytest
import time_machine
from pydantic import SecretStr

from supportapp.config import Settings
from supportapp.desk import hashing
from supportapp.desk.factors import remove
from supportapp.desk.moment import utc_now
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import PASSWORD, Answer, Visitor, visit

KEY, NEXT_KEY = ("k7Jd0Qm3zXw9VbR2tYp5LsHc8NfGu4Ea" + letter for letter in "xy")
CODE = re.compile(r"<li><code>([0-9a-f-]+)</code></li>")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"data_key": SecretStr(KEY)})


@pytest.fixture
async def web(settings: Settings, people: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    monkeypatch.setattr(hashing, "STEP", 0.001)
    async with serving(settings) as app:
        yield app


async def password(web: Web, usuario: str = "ana", **options: Any) -> tuple[Visitor, Answer]:
    """A browser, after the password."""
    visitor = visit(web)
    return visitor, await visitor.page(
        "/auth", "POST", form={"user": usuario, "pass": PASSWORD, "next": "/cuenta"}, **options
    )


async def send(visitor: Visitor, code: str) -> Answer:
    return await visitor.page("/auth/segundo", "POST", form={"codigo": code})


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


async def enrol(web: Web, usuario: str = "ana") -> tuple[Visitor, str, list[str]]:
    """Somebody's browser with a second factor, its secret, and the codes to keep; the current code has been used."""
    visitor, _ = await password(web, usuario)
    answer = await visitor.page("/cuenta/factor", "POST", form={"clave_factor": PASSWORD})
    assert (answer.status, answer.location) == (303, "/cuenta/factor")
    page = (await visitor.page("/cuenta/factor")).text
    assert "<svg" in page
    (shown,) = re.findall(r"<code>([A-Z2-7 ]+)</code>", page)
    secret = shown.replace(" ", "")
    answer = await visitor.page("/cuenta/factor/codigo", "POST", form={"codigo": code_of(secret)})
    assert answer.status == 200
    return visitor, secret, CODE.findall(answer.text)


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.page("/soporte")).status == 200


async def test_with_it_the_password_alone_lets_nobody_in(web: Web) -> None:
    other, _ = await password(web)
    ana, secret, codes = await enrol(web)
    assert len(set(codes)) == 10
    assert await is_in(ana)
    assert not await is_in(other)  # every session of before has ended
    page = (await ana.page("/cuenta")).text
    assert "Quedan 10 códigos de reserva." in page
    assert secret not in page
    assert (await ana.page("/cuenta/factor")).location == "/cuenta"  # nobody sees the secret again
    phone, answer = await password(web)
    assert (answer.status, answer.location) == (303, "/auth/segundo")
    assert not await is_in(phone)
    assert (await send(phone, code_of(secret))).status == 401  # that one was used to set it
    answer = await send(phone, f" {code_of(secret, 1)[:3]} {code_of(secret, 1)[3:]} ")
    assert (answer.status, answer.location) == (303, "/cuenta")
    assert await is_in(phone)
    token = jwt.decode(str(phone.cookie("token")), options={"verify_signature": False})
    assert token["modo"] == "factor"


async def test_each_code_counts_once_on_every_device(web: Web) -> None:
    _, secret, codes = await enrol(web)
    right = code_of(secret, 1)
    for code, typed_again in ((right, right), (codes[0], codes[0].upper().replace("-", " "))):
        first, second = (await password(web))[0], (await password(web))[0]
        assert (await send(first, code)).status == 303
        assert (await send(second, typed_again)).status == 401
        assert not await is_in(second)
    earlier = (await password(web))[0]
    assert (await send(earlier, code_of(secret, 0))).status == 401  # a later one was taken
    with time_machine.travel(time.time() + 60):
        assert (await send((await password(web))[0], code_of(secret))).status == 303


@pytest.mark.parametrize("code", ["", "0", "000000000", "ñ" * 6, "\x00", "x" * 5000, "null"])
async def test_what_is_no_code_is_refused(web: Web, code: str) -> None:
    await enrol(web)
    phone, _ = await password(web)
    answer = await send(phone, code)
    assert answer.status == 401
    assert "Este código no vale" in answer.text
    assert not await is_in(phone)


async def test_codes_are_not_found_by_trying(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "10/5 minutes"})) as web:
        ana, _, codes = await enrol(web)
        thief = (await password(web))[0]
        statuses = [(await send(thief, f"{number:06}")).status for number in range(7)]
        assert statuses == [401] * 5 + [429] * 2
        assert (await send((await password(web))[0], codes[0])).status == 429  # nor with another cookie
        assert await is_in(ana)


async def test_the_step_opens_nothing_and_ends(web: Web) -> None:
    _, _, codes = await enrol(web)
    phone, _ = await password(web)
    step = str(phone.cookie("paso"))
    stranger = visit(web)
    stranger.set_cookie("token", step)
    assert not await is_in(stranger)
    assert (await send(visit(web), codes[0])).location == "/login"
    with time_machine.travel(time.time() + 301):
        assert (await send(phone, codes[0])).location == "/login"
    await web.desk.accounts.set_password("ana", "del-operador-9012")
    assert (await send(phone, codes[0])).location == "/login"  # it was another password that was shown
    closed = (await password(web, "luis"))[0]
    assert closed.cookie("paso") is None


async def test_a_session_is_as_old_as_the_password_that_was_shown_for_it(web: Web) -> None:
    """What ended all sessions in between ends this one, too."""
    _, _, codes = await enrol(web)
    phone, _ = await password(web)
    await web.desk.database.execute(
        "UPDATE usuarios SET sesiones_desde = :now WHERE usuario = 'ana'", {"now": utc_now()}
    )
    await send(phone, codes[0])
    assert not await is_in(phone)


async def test_nothing_is_asked_for_before_a_device_has_shown_that_it_knows(web: Web) -> None:
    ana, _ = await password(web)
    assert (await ana.page("/cuenta/factor")).location == "/cuenta"
    await ana.page("/cuenta/factor", "POST", form={"clave_factor": PASSWORD})
    assert (await password(web))[1].location == "/cuenta"
    answer = await ana.page("/cuenta/factor/codigo", "POST", form={"codigo": "000000"})
    assert answer.status == 422
    assert "El código no vale" in answer.text
    assert "<svg" in answer.text
    assert (await password(web))[1].location == "/cuenta"


async def test_it_is_got_and_given_up_by_who_knows_the_password(web: Web) -> None:
    ana, _ = await password(web)
    answer = await ana.page("/cuenta/factor", "POST", form={"clave_factor": "otra"})
    assert answer.status == 422
    assert "La contraseña actual no es esta." in answer.text
    ana, _, _ = await enrol(web)
    assert (
        "Ya tiene un segundo factor."
        in (await ana.page("/cuenta/factor", "POST", form={"clave_factor": PASSWORD})).text
    )
    assert (await ana.page("/cuenta/factor/fin", "POST", form={"clave_factor": "otra"})).status == 422
    without = visit(web)
    without.set_cookie("token", web.desk.identity.issue("ana", "Ana", "user"))
    assert (
        await without.page("/cuenta/factor/fin", "POST", form={"clave_factor": PASSWORD})
    ).location == "/login"  # who came in without it
    answer = await ana.page("/cuenta/factor/fin", "POST", form={"clave_factor": PASSWORD})
    assert (answer.status, answer.location) == (303, "/cuenta?hecho=factor")
    assert await is_in(ana)
    assert not await is_in(without)
    assert (await password(web))[1].location == "/cuenta"
    rows = await web.desk.database.fetch_val(
        "SELECT (SELECT COUNT(*) FROM codigos) + (SELECT COUNT(*) FROM factores)"
    )
    assert rows == 0


async def test_the_database_does_not_tell_the_secret_and_another_key_does_not_open_it(
    web: Web, settings: Settings
) -> None:
    _, secret, codes = await enrol(web)
    rows = await web.desk.database.fetch_all("SELECT sellado FROM factores")
    rows += await web.desk.database.fetch_all("SELECT huella AS sellado FROM codigos")
    kept = " ".join(row["sellado"] for row in rows)
    assert secret not in kept
    assert not any(code.replace("-", "") in kept for code in codes)
    for keys, status in ((f"{NEXT_KEY},{KEY}", 303), (NEXT_KEY, 503), ("", 503)):
        async with serving(settings.model_copy(update={"data_key": SecretStr(keys)})) as other:
            phone, answer = await password(other)
            assert answer.location == "/auth/segundo"
            assert (await send(phone, code_of(secret, 1))).status == status


async def test_what_was_begun_with_a_key_that_is_gone_is_begun_anew(web: Web, settings: Settings) -> None:
    ana, _ = await password(web)
    assert (await ana.page("/cuenta/factor", "POST", form={"clave_factor": PASSWORD})).status == 303
    for keys in (NEXT_KEY, ""):
        async with serving(settings.model_copy(update={"data_key": SecretStr(keys)})) as other:
            ana, _ = await password(other)
            answers = [
                await ana.page("/cuenta/factor"),
                await ana.page("/cuenta/factor/codigo", "POST", form={"codigo": "123456"}),
            ]
            assert [(one.status, one.location) for one in answers] == [(303, "/cuenta")] * 2
            assert (await ana.page("/cuenta")).status == 200
    async with serving(settings.model_copy(update={"data_key": SecretStr(NEXT_KEY)})) as other:
        await enrol(other)


async def test_without_a_key_nobody_is_offered_one(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"data_key": SecretStr("")})) as web:
        ana, _ = await password(web)
        assert "/cuenta/factor" not in (await ana.page("/cuenta")).text
        assert (await ana.page("/cuenta/factor", "POST", form={"clave_factor": PASSWORD})).status == 404


async def test_an_admin_who_must_have_one_sees_nothing_else_before(
    settings: Settings, people: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "STEP", 0.001)
    required = settings.model_copy(update={"admin_second_factor": "required"})
    async with serving(required) as web:
        marta, _ = await password(web, "marta")
        for path in ("/soporte", "/soporte/c/ana"):
            answer = await marta.page(path)
            assert (answer.status, answer.location) == (303, "/cuenta")
        fragment = await marta.fragment("/soporte/conversaciones")
        assert (fragment.status, fragment.headers["HX-Redirect"]) == (401, "/cuenta")
        api = await marta.page("/api/mensajes", headers={"Accept": "application/json"})
        assert api.status == 403
        assert "Falta el segundo factor" in api.text
        assert "hace falta un segundo factor" in (await marta.page("/cuenta")).text
        site = visit(web, "marta")  # by the owner's site
        assert (await site.page("/soporte")).location == "/cuenta"
        assert await is_in((await password(web, "ana"))[0])
        marta, _, _ = await enrol(web, "marta")
        assert await is_in(marta)
        await remove(web.desk.database, "marta")
        assert not await is_in(marta)
