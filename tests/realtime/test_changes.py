"""Whose right has ended is cut on every process at once, whatever became of Redis; `cambio` goes to those who may know."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from supportapp.config import Settings
from supportapp.desk.access import activate, deactivate, end_sessions
from supportapp.desk.accounts import Accounts
from supportapp.desk.roles import set_role
from supportapp.desk.session import Session
from supportapp.store.database import Database
from tests.clients.driver import Driver
from tests.clients.people import Person, silence
from tests.clients.running import RunningDesk, running_desk
from tests.services.redis import Redis
from tests.waiting import eventually

WITHIN = 0.5
"""Seconds that are promised."""
SLACK = 0.3
"""What a busy test machine adds to it."""
HUNG = 2.0
"""Seconds that are promised where Redis hangs."""


@asynccontextmanager
async def two_desks(settings: Settings, driver: Driver) -> AsyncIterator[tuple[RunningDesk, RunningDesk]]:
    """Whose heartbeats come much too late to be what cuts."""
    settings = settings.model_copy(update={"heartbeat_seconds": 300})
    other = settings.model_copy(update={"instance_dir": settings.instance_dir / "other"})
    async with running_desk(settings, driver) as first, running_desk(other, driver) as second:
        yield first, second


async def cut_within(seconds: float, *people: Person) -> None:
    begun = time.monotonic()
    await asyncio.gather(*(person.wait_for("disconnect") for person in people))
    assert time.monotonic() - begun < seconds


async def new_password(database: Database, usuario: str) -> None:
    accounts = Accounts(database)
    assert await accounts.set_password(usuario, "otra-correcta-5678")
    accounts.close()


@pytest.mark.parametrize("how", [deactivate, end_sessions, new_password])
async def test_an_ended_session_is_cut_on_every_process_at_once(
    settings: Settings,
    people: object,
    driver: Driver,
    database: Database,
    how: Callable[[Database, str], Awaitable[None]],
) -> None:
    """As a command does it: no process is told by the one that wrote it."""
    async with two_desks(settings, driver) as desks:
        anas = [await desk.enter("ana") for desk in desks]
        luis, marta = await desks[0].enter("luis"), await desks[1].enter("marta")
        await how(database, "ana")
        await cut_within(WITHIN + SLACK, *anas)
        assert await marta.wait_for("cambio") == [{"tipo": "cuenta", "clave": "ana"}]
        await silence(luis, *anas)
        assert [person.all("cambio") for person in (luis, *anas)] == [[], [], []]
        assert (await luis.send("admin", "sigo aquí"))["ok"]
        assert (await desks[1].connect("ana", desks[1].cookie("ana", iat=time.time() - 5)))[1] == {
            "ok": False,
            "message": "Token inválido",
        }


async def test_signing_out_ends_that_session_everywhere_and_no_other(
    settings: Settings, people: object, driver: Driver
) -> None:
    async with two_desks(settings, driver) as (one, other):
        cookie, phones = (one.cookie("ana", iat=time.time() - age) for age in (5, 6))
        here, there = [(await desk.connect("ana", cookie))[0] for desk in (one, other)]
        phone, marta = (await other.connect("ana", phones))[0], await other.enter("marta")
        assert (await one.post("/logout", cookie))[0] == 303
        await cut_within(WITHIN + SLACK, here, there)
        assert await phone.wait_for("cambio") == [{"tipo": "sesion", "clave": "ana"}]
        assert (await phone.send("admin", "sigo aquí"))["ok"]
        await silence(marta)
        assert marta.all("cambio") == []


async def test_a_new_role_counts_on_every_process_at_once(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with two_desks(settings, driver) as desks:
        luises = [await desk.enter("luis") for desk in desks]
        ana = await desks[0].enter("ana")
        for rol, hears in (("admin", True), ("user", False)):
            await set_role(database, "luis", rol)
            await asyncio.sleep(WITHIN)
            for luis in luises:
                luis.events.clear()
            assert (await ana.send("marta", f"luis es {rol}"))["ok"]
            heard = [await luis.heard() for luis in luises]
            assert heard == [[f"luis es {rol}"] if hears else []] * 2
        assert (await luises[1].send("admin", "ya no soy de la mesa"))["ok"]


async def test_ending_another_session_from_ones_account_cuts_it_on_every_process(
    settings: Settings, people: object, driver: Driver
) -> None:
    async with two_desks(settings, driver) as (one, other):
        mine, lost = (one.cookie("ana", iat=time.time() - age) for age in (5, 6))
        here = (await one.connect("ana", mine))[0]
        there = [(await desk.connect("ana", lost))[0] for desk in (one, other)]
        luis = await other.enter("luis")
        await other.app.desk.sessions.write()  # else five seconds later
        listed = await one.ask("GET", "/cuenta", mine, Accept="text/html")
        (end,) = re.findall(r"/cuenta/sesiones/[0-9a-f]{32}/fin", listed[1])
        assert (await one.post(end, luis_cookie := one.cookie("luis")))[0] == 404
        assert (await one.post(end, mine))[0] == 303
        await cut_within(WITHIN + SLACK, *there)
        assert (await one.ask("POST", "/cuenta/sesiones/fin", luis_cookie))[0] == 303
        await cut_within(WITHIN + SLACK, luis)
        assert (await here.send("admin", "sigo aquí"))["ok"]


async def test_an_account_that_is_open_again_lets_its_person_in(
    desk: RunningDesk, database: Database
) -> None:
    """With a new session: none that there was comes to life again, whether it was ever used or not."""
    used, unused = (desk.cookie("ana", iat=time.time() - ago) for ago in (5, 6))
    ana, _ = await desk.connect("ana", used)
    await deactivate(database, "ana")
    await ana.wait_for("disconnect")
    await activate(database, "ana")
    refused = [(await desk.connect("ana", cookie))[1] for cookie in (used, unused)]
    assert [one["ok"] for one in refused] == [False, False]
    ana, _ = await desk.connect("ana", desk.cookie("ana", iat=time.time()))
    assert (await ana.send("admin", "he vuelto"))["ok"]


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
@pytest.mark.parametrize("state", ["well", "stopped", "hung"])
async def test_whatever_becomes_of_redis(
    settings: Settings, people: object, driver: Driver, database: Database, redis: Redis, state: str
) -> None:
    async with two_desks(settings.model_copy(update={"redis_url": redis.url}), driver) as desks:
        try:
            if state == "stopped":
                redis.stop()
            elif state == "hung":
                redis.pause()
            anas = [await desk.enter("ana") for desk in desks]
            cookie = desks[0].cookie("ana", iat=time.time() - 5)
            leaving = [(await desk.connect("ana", cookie))[0] for desk in desks]
            within = HUNG if state == "hung" else WITHIN + SLACK
            assert (await desks[0].post("/logout", cookie))[0] == 303
            await cut_within(within, *leaving)
            await end_sessions(database, "ana")
            await cut_within(within, *anas)
        finally:
            if not redis.running:
                redis.start()
            redis.resume()


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
async def test_a_right_that_ended_is_not_trusted_in_an_outage_that_begins_then(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    """`trusted` is what lets a page without a socket send while the database is away."""
    async with two_desks(settings, driver) as (desk, _):
        ana = await desk.enter("ana")
        cookie = desk.cookie("ana")
        assert (await desk.ask("GET", "/soporte", cookie))[0] == 200
        token = cookie.partition("=")[2]
        assert desk.app.desk.identity.trusted(token) is not None
        await end_sessions(database, "ana")
        await ana.wait_for("disconnect")
        assert desk.app.desk.identity.trusted(token) is None


async def test_who_was_let_in_by_what_was_read_before_is_not(
    settings: Settings, people: object, driver: Driver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right ends between the database's answer to a connect and its arrival here."""
    async with two_desks(settings, driver) as (desk, _):
        identity, judged = desk.app.desk.identity, desk.app.desk.changes
        session, held, go = identity.session, asyncio.Event(), asyncio.Event()

        async def late(*tokens: str) -> Session:
            found = await session(*tokens)
            held.set()
            await go.wait()
            return found

        monkeypatch.setattr(identity, "session", late)
        cookie = desk.cookie("ana", iat=time.time() - 5)
        entering = asyncio.create_task(desk.connect("ana", cookie))
        await held.wait()
        await end_sessions(database, "ana")
        await eventually(lambda: judged.position == 1)
        go.set()
        assert (await entering)[1] == {"ok": False, "message": "Token inválido"}
