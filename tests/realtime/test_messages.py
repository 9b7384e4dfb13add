"""The promises about a message on its way: once, in order, stored before acknowledged."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from supportapp.config import Settings
from supportapp.store.addresses import sqlite_path
from supportapp.store.database import Database
from supportapp.store.messages import select_messages_after
from supportapp.store.sequence import select_count_and_max, select_head
from tests.clients.running import RunningDesk, running_desk

KEY = "0197-mensaje-de-ana-1"


async def test_the_same_message_sent_again_is_one_row_and_shown_once(
    desk: RunningDesk, database: Database
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    answers = [await ana.send("admin", "hola", id_cliente=KEY) for _ in range(3)]
    assert answers[0]["ok"]
    assert answers == [answers[0]] * 3
    assert await marta.heard() == ["hola"]
    assert await select_count_and_max(database) == (1, 1)


async def test_a_retry_storm_over_two_sockets_in_one_batch_is_one_row(
    desk: RunningDesk, database: Database
) -> None:
    ana, again, marta = await desk.enter("ana"), await desk.enter("ana"), await desk.enter("marta")
    one = [["mensaje_privado", {"para": "admin", "mensaje": "hola", "id_cliente": KEY}]] * 50
    both = await asyncio.gather(
        *(desk.driver.do("askAll", socket=person.socket, list=one) for person in (ana, again))
    )
    assert {answer["id"] for answers in both for answer in answers} == {1}
    assert await marta.heard() == ["hola"]
    assert await select_count_and_max(database) == (1, 1)


async def test_an_id_used_for_another_message_is_refused(desk: RunningDesk, database: Database) -> None:
    ana = await desk.enter("ana")
    await ana.send("admin", "hola", id_cliente=KEY)
    assert await ana.send("admin", "adiós", id_cliente=KEY) == {"ok": False, "error": "id_reutilizado"}
    assert await ana.send("luis", "hola", id_cliente=KEY) == {"ok": False, "error": "id_reutilizado"}
    assert (await ana.send("admin", "hola", id_cliente=KEY.upper()))["id"] == 2  # case counts
    assert await select_head(database) == 2


async def test_two_people_may_use_the_same_id(desk: RunningDesk) -> None:
    ana, luis = await desk.enter("ana"), await desk.enter("luis")
    assert (await ana.send("admin", "hola", id_cliente=KEY))["id"] == 1
    assert (await luis.send("admin", "hola", id_cliente=KEY))["id"] == 2


async def test_ids_have_no_holes_and_everybody_hears_in_their_order(
    desk: RunningDesk, database: Database
) -> None:
    people = [await desk.enter(name) for name in ("ana", "luis", "elena")]
    marta = await desk.enter("marta")
    lists = [
        [["mensaje_privado", {"para": "admin", "mensaje": f"{p.usuario} {n}"}] for n in range(80)]
        for p in people
    ]
    await asyncio.gather(
        *(desk.driver.do("askAll", socket=p.socket, list=one) for p, one in zip(people, lists, strict=True))
    )
    heard = await marta.heard()
    stored = await select_messages_after(database, "admin", 0, 500)
    assert await select_count_and_max(database) == (240, 240)
    assert heard == [row.mensaje for row in stored if not row.de_admin]
    for person in people:
        own = [row.mensaje for row in stored if row.de_usuario == person.usuario]
        assert own == [f"{person.usuario} {number}" for number in range(80)]
        assert [row.numero for row in stored if row.de_usuario == person.usuario] == list(range(1, 81))


async def test_a_refused_message_does_not_stop_its_neighbours(desk: RunningDesk, database: Database) -> None:
    ana = await desk.enter("ana")
    pairs = [
        ["mensaje_privado", {"para": para, "mensaje": "hola"}] for para in ("admin", "nadie", "admin", "ana")
    ]
    answers = await desk.driver.do("askAll", socket=ana.socket, list=pairs)
    assert [answer["ok"] for answer in answers] == [True, False, True, False]
    assert await select_count_and_max(database) == (2, 2)


async def test_an_account_closed_while_connected_sends_nothing(desk: RunningDesk, database: Database) -> None:
    ana = await desk.enter("ana")
    await database.execute("UPDATE usuarios SET activo = 0 WHERE usuario = :usuario", {"usuario": "ana"})
    assert await ana.send("admin", "hola") == {"ok": False, "error": "sesion"}
    assert await select_head(database) == 0


async def test_users_write_only_to_admins_where_that_is_set(settings, people, driver, database) -> None:  # type: ignore[no-untyped-def]
    closed = settings.model_copy(update={"users_may_write_to": "admins"})
    async with running_desk(closed, driver) as desk:
        ana, marta = await desk.enter("ana"), await desk.enter("marta")
        assert await ana.send("luis", "hola") == {"ok": False, "error": "destinatario"}
        assert (await ana.send("marta", "hola"))["ok"]
        assert (await marta.send("luis", "hola"))["ok"]


async def test_two_processes_hear_of_each_other(settings, people, driver, database) -> None:  # type: ignore[no-untyped-def]
    async with running_desk(settings, driver) as one, running_desk(settings, driver) as other:
        ana, marta = await one.enter("ana"), await other.enter("marta")
        for number in range(5):
            assert (await ana.send("admin", f"a{number}"))["ok"]
            assert (await marta.send("ana", f"m{number}"))["ok"]
        assert await marta.heard() == [f"a{number}" for number in range(5)]
        assert await ana.heard() == [f"m{number}" for number in range(5)]


async def test_whoever_was_an_admin_at_connect_writes_nothing_as_one_any_more(
    desk: RunningDesk, database: Database
) -> None:
    elena, marta = await desk.enter("elena"), await desk.enter("marta")
    await database.execute("UPDATE usuarios SET rol = 'user' WHERE usuario = 'elena'")
    assert (await elena.send("ana", "ya no soy admin"))["error"] == "sesion"
    assert (await elena.heard(), await elena.heard("mensaje_enviado")) == ([], [])
    assert await marta.heard() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_another_program_that_writes_is_waited_for(
    desk: RunningDesk, settings: Settings
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    with closing(sqlite3.connect(sqlite_path(settings.database_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(3 * settings.commit_deadline_ms / 1000, other.rollback)
        await ana.emit("mensaje_privado", {"para": "admin", "mensaje": "sin acuse"})
        assert (await ana.send("admin", "con acuse"))["ok"]
    await marta.wait_for("mensaje_recibido", 2)
    assert await marta.heard() == ["sin acuse", "con acuse"]
