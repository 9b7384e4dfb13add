"""Wrong passwords: whom they keep out, whom they must not, and what of them is written down."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from supportapp.config import Settings
from supportapp.desk import hashing
from supportapp.desk.accounts import Accounts
from supportapp.store.database import DatabaseUnavailable
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import PASSWORD, Answer, Visitor, visit


@pytest.fixture
async def web(settings: Settings, people: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    monkeypatch.setattr(hashing, "STEP", 0.001)
    behind = {"trusted_proxies": 1, "sign_in_limit": "3/5 minutes"}
    async with serving(settings.model_copy(update=behind)) as app:
        yield app


async def sign_in(somebody: Visitor, user: str, password: str, address: str) -> Answer:
    return await somebody.page(
        "/auth", "POST", form={"user": user, "pass": password}, headers={"X-Forwarded-For": address}
    )


async def fail(web: Web, user: str, address: str, times: int = 1) -> list[int]:
    return [(await sign_in(visit(web), user, "no", address)).status for _ in range(times)]


async def test_a_stranger_s_wrong_passwords_do_not_keep_ana_out(web: Web) -> None:
    assert await fail(web, "ana", "10.1.1.1", 5) == [401, 401, 401, 429, 429]
    assert (await sign_in(visit(web), "ana", PASSWORD, "10.2.2.2")).status == 303


async def test_an_address_that_is_refused_counts_against_nobody_s_account(web: Web) -> None:
    await fail(web, "luis", "10.1.1.1", 3)
    assert await fail(web, "ana", "10.1.1.1", 40) == [429] * 40
    assert await fail(web, "ana", "10.2.2.2") == [401]


async def test_from_everywhere_an_account_is_tried_only_so_often(web: Web) -> None:
    statuses = [status for number in range(12) for status in await fail(web, "ana", f"10.1.{number}.1", 3)]
    assert statuses.count(401) == 30
    for spelling in ("ana", "ANA", " ana ", "\u00e1na"):
        assert await fail(web, spelling, "10.9.9.9") == [429]
    assert (await sign_in(visit(web), "ana", PASSWORD, "10.3.3.3")).status == 429
    assert (await sign_in(visit(web), "luis", PASSWORD, "10.3.3.3")).status == 303


async def test_a_browser_that_signed_in_before_is_not_kept_out_by_strangers(web: Web) -> None:
    anas = visit(web)
    assert (await sign_in(anas, "ana", PASSWORD, "10.3.3.3")).status == 303
    for number in range(11):
        await fail(web, "ana", f"10.1.{number}.1", 3)
    assert (await sign_in(visit(web), "ana", PASSWORD, "10.4.4.4")).status == 429
    assert (await sign_in(anas, "ana", PASSWORD, "10.5.5.5")).status == 303
    mine = anas.cookie("dispositivo")
    luis = visit(web)
    for forged in (mine[:-1] + ("0" if mine[-1] != "0" else "1"), mine.split(".")[0], f".{mine}", "x" * 4000):  # type: ignore[union-attr, index]
        luis._client.set_cookie("localhost", "dispositivo", forged, path="/auth")
        assert (await sign_in(luis, "ana", PASSWORD, "10.6.6.6")).status == 429


async def test_a_browser_is_known_by_the_secret_of_before(web: Web) -> None:
    anas = visit(web)
    await sign_in(anas, "ana", PASSWORD, "10.3.3.3")
    old = web.desk.settings.jwt_secret.get_secret_value()
    for number in range(11):
        await fail(web, "ana", f"10.1.{number}.1", 3)
    for secret, status in ((f"new{old},{old}", 303), (f"newer{old}", 429)):
        web.desk.settings = web.desk.settings.model_copy(update={"jwt_secret": SecretStr(secret)})
        mine = anas.cookie("dispositivo")
        assert (await sign_in(anas, "ana", PASSWORD, "10.5.5.5")).status == status, mine


async def test_the_browser_of_one_is_no_browser_of_another(web: Web) -> None:
    luis = visit(web)
    assert (await sign_in(luis, "luis", PASSWORD, "10.3.3.3")).status == 303
    for number in range(11):
        await fail(web, "ana", f"10.1.{number}.1", 3)
    assert (await sign_in(luis, "ana", PASSWORD, "10.3.3.3")).status == 429


async def test_a_browser_that_signed_in_before_tries_no_more_often_than_others(web: Web) -> None:
    anas = visit(web)
    await sign_in(anas, "ana", PASSWORD, "10.3.3.3")
    tries = [(await sign_in(anas, "ana", "no", f"10.1.{number}.1")).status for number in range(5)]
    assert tries == [401, 401, 401, 429, 429]


async def test_the_proof_of_a_browser_goes_only_where_it_is_asked(web: Web) -> None:
    answer = await sign_in(visit(web), "ana", PASSWORD, "10.3.3.3")
    (proof,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("dispositivo=")]
    assert all(word in proof for word in ("HttpOnly", "Path=/auth", "SameSite=Strict"))
    assert "ana" not in proof.split(";")[0]


@pytest.mark.parametrize("hop", ["10.9.8.7:{}", "[2001:db8::7]:{}", "garbage{}", "", "{}", "2001:db8::{}"])
async def test_a_port_or_garbage_makes_no_other_address(web: Web, hop: str) -> None:
    statuses = [(await fail(web, f"nadie{n}", hop.format(4000 + n)))[0] for n in range(5)]
    assert statuses[3:] == [429, 429]


async def test_what_was_typed_as_a_name_is_not_written_down(web: Web) -> None:
    with capture_logs() as logs:
        await fail(web, "mi-clave-Secreta1", "10.7.7.7", 5)
        await fail(web, "ana", "10.8.8.8", 5)
    lines = [str(line) for line in logs]
    assert not [line for line in lines if "Secreta" in line]
    assert len([line for line in lines if "too many attempts" in line and "10.7.7.7" in line]) == 1
    assert len([line for line in lines if "too many attempts" in line and "10.8.8.8" in line]) == 1
    assert [line for line in logs if line.get("usuario") == "ana" and line["event"] == "wrong password"]


async def test_nobody_is_counted_while_the_database_is_away(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as outage:
        outage.setattr(Accounts, "check_password", away)
        assert [(await sign_in(visit(web), "ana", PASSWORD, "10.1.1.1")).status for _ in range(6)] == [
            503
        ] * 6
    assert (await sign_in(visit(web), "ana", PASSWORD, "10.1.1.1")).status == 303


async def test_of_a_hundred_at_once_twenty_wait_and_the_others_hear_it_before_any_work(
    settings: Settings, people: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    checking = Accounts.check_password

    async def check_password(self: Accounts, *how: Any) -> Any:
        nonlocal asked
        asked += 1
        return await checking(self, *how)

    monkeypatch.setattr(Accounts, "check_password", check_password)
    monkeypatch.setattr(hashing, "STEP", 0.001)
    many = settings.model_copy(update={"sign_in_limit": "1000/minute"})
    async with serving(many) as web:
        crowd = [visit(web).page("/auth", "POST", form={"user": f"x{n}", "pass": "no"}) for n in range(100)]
        statuses = [answer.status for answer in await asyncio.gather(*crowd)]
        assert statuses.count(401) == asked == hashing.THREADS + hashing.MOST_WAITING
        assert statuses.count(429) == 100 - asked
        busy = [visit(web).page("/auth", "POST", form={"user": "y", "pass": "no"}) for _ in range(30)]
        late = visit(web).page("/registro", "POST", form={"user": "eva", "nombre": "Eva", "pass": PASSWORD})
        *_, refused = await asyncio.gather(*busy, late)
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert (await visit(web).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})).status == 303
