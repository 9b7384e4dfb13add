"""Receipts through real sockets: who hears what, from whichever process, and never more than is true."""

import asyncio

import pytest

from supportapp.config import Settings
from tests.clients.driver import Driver
from tests.clients.people import Person
from tests.clients.running import RunningDesk, running_desk


async def test_who_hears_that_the_desk_has_read(desk: RunningDesk) -> None:
    ana, phone, marta, tablet, elena, luis = [
        await desk.enter(name) for name in ("ana", "ana", "marta", "marta", "elena", "luis")
    ]
    await ana.send("admin", "uno")
    await ana.send("admin", "dos")
    await marta.emit("leido", {"con": "ana", "hasta": 1})
    told = {"con": "ana", "hasta": 1, "lector": "marta"}
    for device in (marta, tablet):
        assert await device.wait_for("leido") == [{**told, "sin_leer": 1}]
    for other in (ana, phone, elena):
        assert await other.wait_for("leido") == [told]
    await tablet.emit("leido", {"con": "ana", "hasta": 99})
    assert (await marta.wait_for("leido", 2))[1] == {**told, "hasta": 2, "sin_leer": 0}
    await marta.emit("leido", {"con": "ana", "hasta": 1})  # never back
    await asyncio.sleep(0.5)
    assert [len(one.all("leido")) for one in (ana, phone, marta, tablet, elena)] == [2] * 5
    assert luis.all("leido") == []
    assert all(not one.all("entregado") for one in (ana, marta, elena, luis))  # reading says it


async def test_who_hears_that_a_user_has_read(desk: RunningDesk) -> None:
    ana, phone, marta, elena, luis = [
        await desk.enter(name) for name in ("ana", "ana", "marta", "elena", "luis")
    ]
    await marta.send("ana", "uno")
    await ana.emit("entregado", {"con": "ana", "hasta": 99})
    told = {"con": "ana", "hasta": 1, "lector": "ana"}
    for one in (ana, phone, marta, elena):
        assert await one.wait_for("entregado") == [told]
    await phone.emit("leido", {"con": "ana", "hasta": 1})
    for one in (ana, phone, marta, elena):
        assert await one.wait_for("leido") == [told]
        assert len(one.all("entregado")) == 1
    assert luis.all("leido") == luis.all("entregado") == []


async def test_delivered_to_the_desk_is_told_without_counts(desk: RunningDesk) -> None:
    ana, marta, tablet, elena = [await desk.enter(name) for name in ("ana", "marta", "marta", "elena")]
    await ana.send("admin", "uno")
    await ana.send("admin", "dos")
    await marta.emit("entregado", {"con": "ana", "hasta": 2})
    for one in (ana, marta, tablet, elena):
        assert await one.wait_for("entregado") == [{"con": "ana", "hasta": 2, "lector": "marta"}]
    await marta.emit("entregado", {"con": "ana", "hasta": 1})
    await asyncio.sleep(0.4)
    assert [len(one.all("entregado")) for one in (ana, marta, tablet, elena)] == [1] * 4
    assert ana.all("leido") == marta.all("leido") == []


async def test_marks_moved_in_one_process_are_heard_in_the_other(
    settings: Settings, people: object, driver: Driver
) -> None:
    async with running_desk(settings, driver) as one, running_desk(settings, driver) as other:
        ana, marta = await one.enter("ana"), await other.enter("marta")
        tablet, elena = await one.enter("marta"), await one.enter("elena")
        loop = asyncio.get_running_loop()
        await ana.send("admin", "uno")
        for event in ("entregado", "leido"):
            began = loop.time()
            await marta.emit(event, {"con": "ana", "hasta": 1})
            told = {"con": "ana", "hasta": 1, "lector": "marta"}
            assert await ana.wait_for(event) == await elena.wait_for(event) == [told]
            assert loop.time() - began < 1
        assert await tablet.wait_for("leido") == [{**told, "sin_leer": 0}]
        await marta.send("ana", "dos")
        await ana.emit("leido", {"con": "ana", "hasta": 2})
        assert (await marta.wait_for("leido", 2))[1] == {"con": "ana", "hasta": 2, "lector": "ana"}


async def test_a_page_drawn_later_shows_the_same_as_the_events_told(desk: RunningDesk) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    for text in ("uno", "dos", "tres"):
        await ana.send("admin", text)
    await marta.emit("leido", {"con": "ana", "hasta": 1})
    await marta.emit("entregado", {"con": "ana", "hasta": 2})
    await ana.wait_for("leido")
    await ana.wait_for("entregado")
    _, page = await desk.get("/soporte/mensajes", "ana")
    assert [part.split('"')[0] for part in page.split('data-estado="')[1:]] == [
        "leido",
        "entregado",
        "guardado",
    ]
    assert [word in page for word in ("Leído", "Entregado", "Guardado")] == [True] * 3
    _, page = await desk.get("/soporte/mensajes?con=ana", "marta")
    assert "data-estado" not in page


WRONG: tuple[object, ...] = (
    None,
    "x",
    [],
    {},
    {"con": "ana"},
    {"con": "ana", "hasta": "1"},
    {"con": "ana", "hasta": -1},
    {"con": "ana", "hasta": True},
    {"con": "ana", "hasta": 2**63},
    {"con": "ana", "hasta": 1.5},
)
NOT_HERS = ({"con": "ana", "hasta": 1}, {"con": "luis", "hasta": 2}, {"con": "nadie", "hasta": 2})
"""What she wrote herself, and what others wrote."""


@pytest.mark.parametrize("event", ["leido", "entregado"])
async def test_wrong_receipts_are_ignored(desk: RunningDesk, event: str) -> None:
    ana, luis, marta = [await desk.enter(name) for name in ("ana", "luis", "marta")]
    await ana.send("admin", "hola")
    await luis.send("admin", "hola")
    for person, payloads in ((marta, WRONG), (ana, WRONG + NOT_HERS)):  # an admin could have read Ana's
        for payload in payloads:
            await person.emit(event, payload)
            await asyncio.sleep(0.15)  # longer than receipts gather
            assert all(not heard_marks(one) for one in (ana, luis, marta)), (person.usuario, payload)
    assert (await ana.send("admin", "sigo"))["ok"]
    assert all(not heard_marks(one) for one in (ana, luis, marta))


def heard_marks(person: Person) -> list[object]:
    return [*person.all("leido"), *person.all("entregado")]


async def test_a_receipt_is_never_acknowledged(desk: RunningDesk) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    await ana.send("admin", "hola")
    answer = await marta.ask("entregado", {"con": "ana", "hasta": 1}, timeout=500)
    assert "timed out" in answer["timeout"]
    assert ana.all("entregado")


async def test_a_flood_of_receipts_costs_few_transactions(desk: RunningDesk) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    for number in range(30):
        await ana.send("admin", str(number))
    for hasta in range(1, 31):
        await marta.emit("leido", {"con": "ana", "hasta": hasta})
        await marta.emit("entregado", {"con": "ana", "hasta": hasta})
    async with asyncio.timeout(5):
        while not ana.all("leido") or ana.all("leido")[-1]["hasta"] < 30:
            await asyncio.sleep(0.05)
    ends = [told["hasta"] for told in ana.all("leido")]
    assert ends == sorted(set(ends))
    assert len(ends) <= 10
