"""A database that dies, hangs or loses its connections while people talk: nobody is told more than is true."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.store.messages import select_messages_after
from supportapp.store.sequence import select_count_and_max
from tests.clients.driver import Driver
from tests.clients.people import Person
from tests.clients.running import RunningDesk, running_desk
from tests.conftest import JWT_SECRET
from tests.services.mariadb import MariaDB

KEY = "0197-mensaje-de-ana-"


@pytest.fixture
def settings(mariadb_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=mariadb_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path, commit_deadline_ms=400
    )


@pytest.fixture
async def desk(
    settings: Settings, people: object, driver: Driver, mariadb: MariaDB
) -> AsyncIterator[RunningDesk]:
    async with running_desk(settings, driver) as running:
        yield running
        if not mariadb.running:
            mariadb.start()
        mariadb.resume()


async def insist(person: Person, text: str, key: str) -> dict[str, object]:
    """Offer one message until it is stored, as the page does."""
    for _ in range(200):
        answer = await person.send("admin", text, id_cliente=key)
        if answer.get("error") != "ocupado":
            return dict(answer)
        await asyncio.sleep(0.05)
    raise AssertionError("never stored")


async def test_c17_while_it_is_down_senders_hear_so_and_keep_their_sockets(
    desk: RunningDesk, mariadb: MariaDB
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    mariadb.kill()
    answer = await ana.send("admin", "hola", id_cliente=KEY)
    assert (answer["ok"], answer["error"]) == (False, "ocupado")
    assert answer["espera_ms"] > 0
    assert (await desk.get("/soporte", "ana", Accept="text/html"))[0] == 503
    assert (await desk.get("/api/mensajes/mios", "ana"))[0] == 500
    assert (await desk.get("/readyz", "ana"))[0] == 503
    assert (await desk.get("/healthz", "ana"))[0] == 200
    _, refused = await desk.connect("luis", desk.cookie("luis"))
    assert refused == {"ok": False, "message": "Servicio no disponible"}

    mariadb.start()
    stored = await insist(ana, "hola", KEY)
    assert stored["estado"] == "guardado"
    assert await marta.heard() == ["hola"]
    assert ana.all("disconnect") == marta.all("disconnect") == []
    assert (await desk.get("/soporte", "ana", Accept="text/html"))[0] == 200
    assert (await desk.get("/readyz", "ana"))[0] == 200


async def test_a_database_that_hangs_is_given_up_within_the_deadline(
    desk: RunningDesk, mariadb: MariaDB
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    loop = asyncio.get_running_loop()
    mariadb.pause()
    started = loop.time()
    answer = await ana.send("admin", "hola", id_cliente=KEY)
    took = loop.time() - started
    mariadb.resume()
    assert answer["error"] == "ocupado"
    assert took < 2
    await insist(ana, "hola", KEY)
    assert await marta.heard() == ["hola"]
    assert await select_count_and_max(desk.app.desk.database) == (1, 1)


async def test_connections_killed_while_people_talk_lose_and_double_nothing(
    desk: RunningDesk, mariadb: MariaDB
) -> None:
    ana, luis, marta = [await desk.enter(name) for name in ("ana", "luis", "marta")]

    async def talk(person: Person) -> None:
        for number in range(60):
            answer = await insist(person, f"{person.usuario} {number}", f"{KEY}{person.usuario}{number}")
            assert answer["ok"], answer

    async def cut(times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(0.05)
            for row in await asyncio.to_thread(mariadb.execute, "SHOW PROCESSLIST"):
                if row["Command"] in {"Query", "Sleep"} and row["db"] and "SHOW" not in str(row["Info"]):
                    await asyncio.to_thread(kill_connection, mariadb, row["Id"])

    await asyncio.gather(talk(ana), talk(luis), cut(20))
    heard = await marta.heard()
    rows = await select_messages_after(desk.app.desk.database, "admin", 0, 500)
    assert [row.mensaje for row in rows] == heard
    for person in (ana, luis):
        own = [row.mensaje for row in rows if row.de_usuario == person.usuario]
        assert own == [f"{person.usuario} {number}" for number in range(60)]
    assert await select_count_and_max(desk.app.desk.database) == (120, 120)


def kill_connection(mariadb: MariaDB, number: int) -> None:
    """Kill one connection, unless it has just left by itself."""
    mariadb.execute(f"BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1094 BEGIN END; KILL {number}; END")


async def test_a_read_mark_waits_for_the_database(desk: RunningDesk, mariadb: MariaDB) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    await ana.send("admin", "hola")
    mariadb.kill()
    await marta.emit("leido", {"con": "ana", "hasta": 1})
    await asyncio.sleep(0.3)
    mariadb.start()
    assert await marta.wait_for("leido", timeout=10) == [{"con": "ana", "hasta": 1, "sin_leer": 0}]
