"""A client that missed everything and then asks is complete; one that stands in another history is told so."""

import asyncio

from supportapp.store.database import Database
from tests.clients.people import Person
from tests.clients.running import RunningDesk, running_desk


async def catch_up(person: Person, limite: int = 500) -> list[dict[str, object]]:
    """Everything that this person may read, page by page."""
    rows: list[dict[str, object]] = []
    desde, epoca = 0, None
    while True:
        page = await person.ask("sincronizar", {"desde": desde, "epoca": epoca, "limite": limite})
        assert page["ok"], page
        rows += page["filas"]
        if not page["mas"]:
            return rows
        desde, epoca = page["hasta"], page["epoca"]


async def test_whoever_was_away_gets_everything_in_order_and_nothing_else(desk: RunningDesk) -> None:
    ana, luis, marta = [await desk.enter(name) for name in ("ana", "luis", "marta")]
    for number in range(7):
        await ana.send("admin", f"a{number}")
        await luis.send("admin", f"l{number}")
    await marta.send("ana", "m")
    assert [row["mensaje"] for row in await catch_up(ana, 3)] == [*(f"a{n}" for n in range(7)), "m"]
    assert [row["mensaje"] for row in await catch_up(luis, 3)] == [f"l{n}" for n in range(7)]
    assert [row["id"] for row in await catch_up(marta, 4)] == list(range(1, 16))


async def test_a_page_says_up_to_where_it_is_complete(desk: RunningDesk) -> None:
    ana, luis = await desk.enter("ana"), await desk.enter("luis")
    await ana.send("admin", "uno")
    await luis.send("admin", "dos")
    page = await ana.ask("sincronizar", {"desde": 0})
    assert (page["hasta"], page["mas"], [row["id"] for row in page["filas"]]) == (2, False, [1])
    again = await ana.ask("sincronizar", {"desde": page["hasta"], "epoca": page["epoca"]})
    assert (again["filas"], again["hasta"]) == ([], 2)


async def test_another_history_is_told_by_epoch_by_place_and_by_row(desk: RunningDesk) -> None:
    ana = await desk.enter("ana")
    sent = await ana.send("admin", "uno")
    page = await ana.ask("sincronizar", {"desde": 1, "id_cliente": sent["id_cliente"]})
    assert "reinicio" not in page
    for wrong in ({"desde": 1, "epoca": "otra"}, {"desde": 2}, {"desde": 1, "id_cliente": "de otro mensaje"}):
        answer = await ana.ask("sincronizar", wrong)
        assert answer == {"ok": True, "reinicio": True, "epoca": page["epoca"]}


async def test_wrong_cursors_are_refused(desk: RunningDesk) -> None:
    ana = await desk.enter("ana")
    for payload in (
        None, 1, [], {"desde": -1}, {"desde": "1"}, {"desde": 1.5}, {"desde": True}, {"desde": 2**63}, {"limite": 0},
        {"limite": 501}, {"epoca": 1}, {"id_cliente": 1},
    ):  # fmt: skip
        assert await ana.ask("sincronizar", payload) == {"ok": False, "error": "ventana"}, payload


async def test_asking_again_and_again_at_once_is_refused(desk: RunningDesk) -> None:
    ana = await desk.enter("ana")
    answers = await desk.driver.do("askAll", socket=ana.socket, list=[["sincronizar", {}]] * 20)
    assert any(answer["ok"] for answer in answers)
    assert all(answer["ok"] or answer["error"] == "limite" for answer in answers)


async def test_a_heartbeat_tells_each_viewer_their_own_last_message(settings, people, driver) -> None:  # type: ignore[no-untyped-def]
    async with running_desk(settings.model_copy(update={"heartbeat_seconds": 0.3}), driver) as desk:
        ana, luis, marta = [await desk.enter(name) for name in ("ana", "luis", "marta")]
        await ana.send("admin", "uno")
        await luis.send("admin", "dos")
        await marta.send("luis", "tres")
        for person in (ana, luis, marta):  # the second from now on tells what was stored before it
            await person.wait_for("latido", len(person.all("latido")) + 2)
        last = {person.usuario: person.all("latido")[-1] for person in (ana, luis, marta)}
        assert {usuario: beat["ultimo"] for usuario, beat in last.items()} == {
            "ana": 1,
            "luis": 3,
            "marta": 3,
        }
        assert len({beat["epoca"] for beat in last.values()}) == 1


async def test_a_restored_database_is_noticed_and_gets_a_new_epoch(
    settings, people, driver, database: Database
) -> None:  # type: ignore[no-untyped-def]
    async with running_desk(settings.model_copy(update={"heartbeat_seconds": 0.3}), driver) as desk:
        ana, marta = await desk.enter("ana"), await desk.enter("marta")
        for number in range(5):
            await ana.send("admin", f"antes {number}")
        await marta.heard()
        epoca = (await ana.ask("sincronizar", {}))["epoca"]
        for statement in (
            "DELETE FROM lecturas",
            "DELETE FROM conversaciones",
            "DELETE FROM mensajes WHERE id > 2",
            "UPDATE secuencia SET valor = 2 WHERE nombre = 'mensajes'",
        ):
            await database.execute(statement)
        for number in range(5):  # as many again: only the rows tell that it is another table
            await ana.send("admin", f"después {number}")
        await asyncio.sleep(1)
        assert marta.all("latido")[-1]["epoca"] != epoca
        told = await ana.ask("sincronizar", {"desde": 5, "epoca": epoca})
        assert told["reinicio"]
        await ana.send("admin", "y sigue")
        assert (await marta.heard())[-1] == "y sigue"
        rows = [row["mensaje"] for row in (await marta.ask("sincronizar", {}))["filas"]]
        assert rows == ["antes 0", "antes 1", *(f"después {number}" for number in range(5)), "y sigue"]
