"""Sockets are judged again: whoever lost their right neither hears nor reads on, and the others notice nothing."""

import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from supportapp.config import Settings
from supportapp.store.database import Database
from tests.clients.driver import Driver
from tests.clients.running import RunningDesk, running_desk


@pytest.fixture
async def lively(settings: Settings, people: object, driver: Driver) -> AsyncIterator[RunningDesk]:
    async with running_desk(settings.model_copy(update={"heartbeat_seconds": 0.3}), driver) as running:
        yield running


@pytest.mark.parametrize(
    "change", ["activo = 0", "sesiones_desde = '2099-01-01 00:00:00'"], ids=["deactivated", "revoked"]
)
async def test_a_socket_whose_session_ends_is_cut_and_the_honest_go_on(
    lively: RunningDesk, database: Database, change: str
) -> None:
    marta, ana = await lively.enter("marta"), await lively.enter("ana")
    await database.execute(f"UPDATE usuarios SET {change} WHERE usuario = 'marta'")
    await marta.wait_for("disconnect")
    assert (await ana.send("admin", "un secreto"))["ok"]
    assert "un secreto" not in await marta.heard()


async def test_a_demoted_admin_hears_nothing_of_others_and_keeps_the_own_socket(
    lively: RunningDesk, database: Database
) -> None:
    elena, ana = await lively.enter("elena"), await lively.enter("ana")
    await database.execute("UPDATE usuarios SET rol = 'user' WHERE usuario = 'elena'")
    elena.events.clear()
    await elena.wait_for("latido", 2)
    assert (await ana.send("admin", "un secreto"))["ok"]
    assert await elena.heard() == []
    assert (await elena.send("admin", "hola, soy una más"))["ok"]


async def test_catching_up_is_judged_before_any_heartbeat(desk: RunningDesk, database: Database) -> None:
    ana, elena = await desk.enter("ana"), await desk.enter("elena")
    await ana.send("admin", "un secreto")
    await database.execute("UPDATE usuarios SET rol = 'user' WHERE usuario = 'elena'")
    assert (await elena.ask("sincronizar", {"desde": 0}))["filas"] == []


async def test_a_socket_ends_with_its_token_not_at_the_next_heartbeat(desk: RunningDesk) -> None:
    ana, _ = await desk.connect("ana", desk.cookie("ana", exp=int(time.time()) + 2))
    assert (await ana.send("admin", "a tiempo"))["ok"]
    await ana.wait_for("disconnect", timeout=4)


async def test_connecting_is_use_of_a_customers_session_and_not_of_an_admins(
    desk: RunningDesk, database: Database
) -> None:
    """An admin's page connects by itself, as often as the line breaks."""
    now = int(time.time())
    for usuario in ("marta", "ana"):
        await desk.connect(usuario, desk.cookie(usuario, iss="soporte", sid=usuario, iat=now, fin=now + 9000))
    await desk.app.desk.sessions.write()
    rows = await database.fetch_all("SELECT usuario FROM sesiones")
    assert [row["usuario"] for row in rows] == ["ana"]


async def test_where_admins_need_a_second_factor_no_socket_is_an_admins_without(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    key = SecretStr("k7Jd0Qm3zXw9VbR2tYp5LsHc8NfGu4Eax")
    needed = {"admin_second_factor": "required", "data_key": key, "heartbeat_seconds": 0.3}
    async with running_desk(settings.model_copy(update=needed), driver) as desk:
        own = {"iss": "soporte", "iat": int(time.time()), "fin": int(time.time()) + 9000}
        _, refused = await desk.connect("marta", desk.cookie("marta", sid="m", **own))
        assert refused == {"ok": False, "message": "Token inválido"}
        _, let_in = await desk.connect("elena", desk.cookie("elena", sid="e", modo="factor", **own))
        assert let_in["ok"]
        ana = await desk.enter("ana")
        await database.execute("UPDATE usuarios SET rol = 'admin' WHERE usuario = 'ana'")
        await ana.wait_for("disconnect")


async def test_signing_out_ends_the_sockets_of_that_session_in_every_process(
    settings: Settings, people: object, driver: Driver
) -> None:
    settings = settings.model_copy(update={"heartbeat_seconds": 0.3})
    async with running_desk(settings, driver) as one, running_desk(settings, driver) as other:
        cookie, phones = (one.cookie("ana", iat=time.time() - age) for age in (5, 6))
        here, there = [await desk.connect("ana", cookie) for desk in (one, other)]
        phone, _ = await other.connect("ana", phones)
        assert (await one.post("/logout", cookie))[0] == 303
        for ended, _ in (here, there):
            await ended.wait_for("disconnect")
        await phone.wait_for("latido", 3)
        assert (await phone.send("admin", "sigo aquí"))["ok"]
        _, again = await other.connect("ana", cookie)
        assert again == {"ok": False, "message": "Token inválido"}


async def test_a_promoted_admin_begins_to_hear(lively: RunningDesk, database: Database) -> None:
    luis, ana = await lively.enter("luis"), await lively.enter("ana")
    assert (await ana.send("admin", "de antes"))["ok"]
    await database.execute("UPDATE usuarios SET rol = 'admin' WHERE usuario = 'luis'")
    luis.events.clear()
    await luis.wait_for("latido", 2)
    assert (await ana.send("admin", "un secreto"))["ok"]
    assert await luis.heard() == ["un secreto"]


async def test_an_honest_page_comes_again_with_the_cookie_that_was_renewed_meanwhile(
    desk: RunningDesk,
) -> None:
    now = time.time()
    own = {"iss": "soporte", "sid": "de-ana", "fin": int(now) + 9000}
    cookie = desk.cookie("ana", iat=now - 1200, exp=int(now) + 3, **own)
    ana, _ = await desk.connect("ana", cookie)
    status, _, cookies = await desk.ask("GET", "/soporte/comprobacion", cookie)
    [renewed] = [one.partition(";")[0] for one in cookies if one.startswith("token=")]
    assert (status, renewed != cookie) == (200, True)
    await ana.wait_for("disconnect")
    assert (await desk.connect("ana", cookie))[1] == {"ok": False, "message": "Token inválido"}
    ana, entered = await desk.connect("ana", renewed)
    assert entered["ok"]
    assert (await ana.send("admin", "sigo aquí"))["ok"]


async def test_the_name_that_no_other_host_can_set_comes_first(desk: RunningDesk) -> None:
    luis, ana = desk.cookie("luis"), desk.cookie("ana").replace("token=", "__Host-token=")
    for cookies, usuario in (
        (f"{luis}; {ana}", "ana"),
        (luis, "luis"),
        (ana, "ana"),
        (f"{luis}; __Host-token=x", "luis"),
    ):
        person, entered = await desk.connect(usuario, cookies)
        assert entered["ok"]
        assert (await person.send("admin", "hola", de=usuario))["ok"]


async def test_of_two_cookies_named_token_the_first_that_stands_counts(desk: RunningDesk) -> None:
    old, good = desk.cookie("luis", exp=int(time.time()) - 5), desk.cookie("ana")
    for cookies in (f"token=another-programs; {old}; {good}", f"{good}; token=another-programs"):
        ana, entered = await desk.connect("ana", cookies)
        assert entered["ok"]
        assert (await ana.send("admin", "hola", de="ana"))["ok"]
    assert not (await desk.connect("ana", f"token=another-programs; {old}"))[1]["ok"]
