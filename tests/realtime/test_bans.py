"""Who is banned is out at once, on every process, and stays out at every door until the ban ends."""

import asyncio
import time
from datetime import timedelta

from supportapp.config import Settings
from supportapp.desk.bans import ban_network, ban_person, unban_network, unban_person
from supportapp.desk.moment import utc_now
from supportapp.desk.networks import network_of
from supportapp.store.database import Database
from tests.clients.driver import Driver
from tests.clients.people import silence
from tests.realtime.test_changes import SLACK, WITHIN, cut_within, two_desks

HERE = network_of("127.0.0.1")


async def test_a_banned_person_is_cut_and_does_not_come_back(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with two_desks(settings, driver) as desks:
        anas = [await desk.enter("ana") for desk in desks]
        luis = await desks[0].enter("luis")
        await ban_person(database, "ana", utc_now() + timedelta(hours=1))
        await cut_within(WITHIN + SLACK, *anas)
        await silence(luis)
        assert (await luis.send("admin", "sigo aquí"))["ok"]
        for desk in desks:  # also with a token that the owner's site made after that
            refused = (await desk.connect("ana", desk.cookie("ana", iat=time.time())))[1]
            assert refused == {"ok": False, "message": "Token inválido"}
            assert (await desk.get("/api/mensajes/mios", "ana"))[0] == 403
        await unban_person(database, "ana")
        await asyncio.sleep(WITHIN)
        assert (await (await desks[1].enter("ana")).send("admin", "otra vez"))["ok"]


async def test_everybody_at_a_banned_address_is_cut_and_refused_at_every_door(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with two_desks(settings, driver) as desks:
        sockets = [await desk.enter(name) for desk in desks for name in ("ana", "marta")]
        await ban_network(database, HERE, utc_now() + timedelta(hours=1))
        await cut_within(WITHIN + SLACK, *sockets)
        for desk in desks:
            assert not (await desk.connect("luis", desk.cookie("luis")))[1]["ok"]
            assert (await desk.get("/soporte", "luis"))[0] == 403
            assert (await desk.get("/socket.io/?EIO=4&transport=polling", "luis"))[0] == 403
            assert (await desk.get("/healthz", "luis"))[0] == 200
        await unban_network(database, HERE)
        await asyncio.sleep(WITHIN)
        assert (await (await desks[0].enter("luis")).send("admin", "hola"))["ok"]


async def test_a_ban_ends_by_itself(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with two_desks(settings, driver) as (desk, _):
        await ban_network(database, HERE, utc_now() + timedelta(seconds=2))
        await asyncio.sleep(WITHIN)
        assert (await desk.get("/soporte", "luis"))[0] == 403
        await asyncio.sleep(2)
        assert (await desk.get("/soporte", "luis"))[0] == 200
