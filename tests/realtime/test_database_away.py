"""A database that dies, hangs or loses its connections while people talk: they go on, and nothing is lost."""

import asyncio
import os
import sqlite3
import time
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.desk.committer import Offer
from supportapp.desk.desk import Desk
from supportapp.desk.directory import Directory
from supportapp.desk.identity import Identity
from supportapp.desk.moment import utc_now
from supportapp.desk.outage import Outage
from supportapp.desk.restoring import Spooled
from supportapp.errors import StartError
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.messages import select_messages_after
from supportapp.store.sequence import select_count_and_max, select_epoch
from supportapp.store.spool_file import SpoolFile, SpoolRow
from tests.clients.driver import Driver
from tests.clients.people import Person
from tests.clients.running import RunningDesk, running_desk
from tests.conftest import JWT_SECRET
from tests.services.mariadb import MariaDB
from tests.waiting import eventually

KEY = "0197-mensaje-de-ana-"


@pytest.fixture
def settings(mariadb_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=mariadb_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path, users_may_write_to="anyone"
    )


def outage(desk: RunningDesk) -> Outage:
    assert desk.app.desk.outage is not None
    return desk.app.desk.outage


async def insist(person: Person, text: str, key: str) -> dict[str, object]:
    """Offer one message until it is stored, as the page does."""
    for _ in range(300):
        answer = await person.send("admin", text, id_cliente=key)
        if answer.get("estado") == "guardado":
            return dict(answer)
        assert answer.get("estado") == "pendiente" or answer["error"] == "ocupado", answer
        await asyncio.sleep(0.05)
    raise AssertionError("never stored")


async def test_c17_while_it_is_down_people_talk_on_and_all_is_stored_in_order(
    desk: RunningDesk, mariadb: MariaDB
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    mariadb.kill()
    for number in range(10):
        answer = await ana.send("admin", f"a{number}", id_cliente=f"{KEY}{number}")
        assert answer == {"ok": True, "estado": "pendiente", "id_cliente": f"{KEY}{number}"}
        assert (await marta.send("ana", f"m{number}"))["estado"] == "pendiente"
    assert await marta.heard() == [f"a{number}" for number in range(10)]
    assert await ana.heard() == [f"m{number}" for number in range(10)]
    assert all(payload["provisional"] and "id" not in payload for payload in marta.all("mensaje_recibido"))

    mariadb.start()
    saved = await marta.wait_for("mensaje_guardado", 20, timeout=15)
    assert [payload["id"] for payload in saved] == list(range(1, 21))
    assert [p["id_cliente"] for p in saved if p["de"] == "ana"] == [f"{KEY}{number}" for number in range(10)]
    assert len(await ana.wait_for("mensaje_guardado", 20)) == 20
    assert len(await marta.heard()) == 10
    rows = await select_messages_after(desk.app.desk.database, "ana", 0, 100)
    assert [row.mensaje for row in rows] == [
        text for number in range(10) for text in (f"a{number}", f"m{number}")
    ]
    assert ana.all("disconnect") == marta.all("disconnect") == []


async def test_c17_while_it_is_down_pages_say_so_and_the_process_lives(
    desk: RunningDesk, mariadb: MariaDB
) -> None:
    mariadb.kill()
    assert (await desk.get("/soporte", "ana", Accept="text/html"))[0] == 503
    assert (await desk.get("/api/mensajes/mios", "ana"))[0] == 500
    assert (await desk.get("/readyz", "ana"))[0] == 503
    assert (await desk.get("/healthz", "ana"))[0] == 200
    _, refused = await desk.connect("luis", desk.cookie("luis"))
    assert refused == {"ok": False, "message": "Servicio no disponible"}
    mariadb.start()
    assert (await desk.get("/soporte", "ana", Accept="text/html"))[0] == 200
    assert (await desk.get("/readyz", "ana"))[0] == 200


async def test_a_hanging_database_does_not_hold_up_a_message(
    settings: Settings, people: object, driver: Driver, mariadb: MariaDB
) -> None:
    patient = settings.model_copy(update={"commit_deadline_ms": 2000})  # to tell it from a busy machine
    async with running_desk(patient, driver) as desk:
        ana, marta = await desk.enter("ana"), await desk.enter("marta")
        loop = asyncio.get_running_loop()
        took = []
        mariadb.pause()
        try:
            for number in range(5):
                started = loop.time()
                answer = await ana.send("admin", f"a{number}", id_cliente=f"{KEY}{number}")
                assert answer["estado"] == "pendiente"
                await marta.wait_for("mensaje_recibido", number + 1)
                took.append(loop.time() - started)
                await asyncio.sleep(0.3)
        finally:
            mariadb.resume()
        assert 2 <= took[0] < 3.5, took  # the deadline
        assert max(took[1:]) < 1.5, took  # the next ones do not wait for it again
        for number in range(5):
            await insist(ana, f"a{number}", f"{KEY}{number}")
        assert await marta.heard() == [f"a{number}" for number in range(5)]
        assert await select_count_and_max(desk.app.desk.database) == (5, 5)


async def test_the_same_message_offered_again_is_shown_and_stored_once(
    desk: RunningDesk, mariadb: MariaDB
) -> None:
    ana, tab, marta = await desk.enter("ana"), await desk.enter("ana"), await desk.enter("marta")
    mariadb.kill()
    for person in (ana, tab, ana):
        assert (await person.send("admin", "hola", id_cliente=KEY))["estado"] == "pendiente"
    assert await ana.send("admin", "otra cosa", id_cliente=KEY) == {"ok": False, "error": "id_reutilizado"}
    mariadb.start()
    assert (await insist(ana, "hola", KEY))["id"] == 1
    assert await marta.heard() == ["hola"]
    assert await tab.heard("mensaje_enviado") == ["hola"]
    assert await select_count_and_max(desk.app.desk.database) == (1, 1)


async def test_nobody_is_promised_what_cannot_be_judged(desk: RunningDesk, mariadb: MariaDB) -> None:
    ana = await desk.enter("ana")
    mariadb.kill()
    unknown = await ana.send("luis", "¿existes?")  # luis has not been met by this process
    assert (unknown["error"], unknown["espera_ms"] > 0) == ("ocupado", True)
    assert await ana.send("ana", "a mí") == {"ok": False, "error": "destinatario"}


async def test_a_message_that_can_never_be_stored_is_taken_back_from_all(
    desk: RunningDesk, mariadb: MariaDB
) -> None:
    ana, luis, marta = [await desk.enter(name) for name in ("ana", "luis", "marta")]
    mariadb.kill()
    await ana.send("luis", "uno", id_cliente=KEY + "1")
    await ana.send("admin", "dos", id_cliente=KEY + "2")
    mariadb.start()
    mariadb.execute("UPDATE usuarios SET activo = 0 WHERE usuario = 'luis'", database="soporte")
    for person in (ana, luis, marta):
        (failed,) = await person.wait_for("mensaje_fallido", timeout=15)
        assert failed == {"de": "ana", "id_cliente": KEY + "1", "error": "destinatario"}
    assert (await insist(ana, "dos", KEY + "2"))["id"] == 1


async def test_a_full_spool_says_so_and_keeps_what_it_has(
    desk: RunningDesk, mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    monkeypatch.setattr(outage(desk)._spool, "_max_bytes", 1000)
    mariadb.kill()
    assert (await ana.send("admin", "x" * 500, id_cliente=KEY + "1"))["estado"] == "pendiente"
    assert (await ana.send("admin", "y" * 500, id_cliente=KEY + "2"))["error"] == "ocupado"
    mariadb.start()
    await insist(ana, "x" * 500, KEY + "1")
    await insist(ana, "y" * 500, KEY + "2")
    assert await marta.heard() == ["x" * 500, "y" * 500]


async def test_a_disk_that_refuses_is_not_promised(desk: RunningDesk, mariadb: MariaDB) -> None:
    class Full:
        in_transaction = False

        def execute(self, sql: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    file = outage(desk)._spool._opened
    working, file._connection = file._connection, Full()  # type: ignore[assignment]
    mariadb.kill()
    assert (await ana.send("admin", "hola", id_cliente=KEY))["error"] == "ocupado"
    assert await marta.heard() == []
    file._connection = working


async def test_a_commit_that_was_given_up_but_happened_is_not_told_twice(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    committer = desk.app.desk.writer._committer
    commit = committer.commit
    lost = 3

    async def forgetful(offers: list[Offer], deadline: float, **waited: float) -> object:
        nonlocal lost
        if lost and offers:
            lost -= 1
            silent = [Spooled(offer.draft) for offer in offers]  # nobody hears the outcome
            await commit(silent, deadline)
            raise DatabaseUnavailable("no answer to COMMIT")
        return await commit(offers, deadline, **waited)

    monkeypatch.setattr(committer, "commit", forgetful)
    for number in range(3):
        await insist(ana, f"a{number}", f"{KEY}{number}")
    assert await marta.heard() == ["a0", "a1", "a2"]
    await ana.wait_for("mensaje_enviado", 0)
    assert await select_count_and_max(desk.app.desk.database) == (3, 3)


async def test_what_a_dead_process_left_is_stored_by_the_next(
    settings: Settings, database: Database, people: object, driver: Driver
) -> None:
    folder = settings.spool_folder / await select_epoch(database)
    dead = SpoolFile.create(folder)
    dead.add([SpoolRow("ana", "Ana", "user", "admin", f"a{n}", f"{KEY}{n}", f"h{n}") for n in range(20)])
    dead._connection.close()
    os.close(dead._lock)  # what the kernel does for kill -9
    async with running_desk(settings, driver) as desk:
        rows = await select_messages_after(desk.app.desk.database, "ana", 0, 100)
        assert [row.mensaje for row in rows] == [f"a{n}" for n in range(20)]
        assert outage(desk)._spool.entries == {}
    assert list(folder.iterdir()) == []


async def test_a_spool_that_cannot_be_written_is_said_at_the_start(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    desk = Desk(settings.model_copy(update={"spool_dir": tmp_path / "file"}))
    with pytest.raises(StartError, match="SPOOL_DIR"):
        await desk.start()
    await desk.stop()


async def test_the_spool_of_a_living_process_is_left_alone(
    settings: Settings, database: Database, people: object, driver: Driver
) -> None:
    alive = SpoolFile.create(settings.spool_folder / await select_epoch(database))
    alive.add([SpoolRow("ana", "Ana", "user", "admin", "mía", KEY, "h")])
    async with running_desk(settings, driver) as desk:
        assert await select_messages_after(desk.app.desk.database, "ana", 0, 100) == []
    assert len(alive.rows()) == 1
    alive.close()


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
    assert sorted(row.mensaje for row in rows) == sorted(heard)
    for person in (ana, luis):
        own = [f"{person.usuario} {number}" for number in range(60)]
        assert [row.mensaje for row in rows if row.de_usuario == person.usuario] == own
        assert [text for text in heard if text.startswith(person.usuario)] == own
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
    (mark,) = await marta.wait_for("leido", timeout=10)
    assert (mark["con"], mark["hasta"], mark["sin_leer"]) == ("ana", 1, 0)


@pytest.mark.parametrize("how", ["revoked", "deactivated", "signed out"])
async def test_a_session_ended_before_the_outage_writes_nothing_through_it(
    desk: RunningDesk, mariadb: MariaDB, database: Database, how: str
) -> None:
    cookie = desk.cookie("ana", iat=time.time() - 5)
    (ana, _), luis = await desk.connect("ana", cookie), await desk.enter("luis")
    await end_session(desk, database, how, cookie)
    mariadb.kill()
    assert (await ana.send("admin", "de antes", id_cliente=f"{KEY}1"))["estado"] == "pendiente"
    assert (await luis.send("admin", "de ahora", id_cliente=f"{KEY}2"))["estado"] == "pendiente"
    mariadb.start()
    [failed] = await ana.wait_for("mensaje_fallido", timeout=20)
    assert (failed["id_cliente"], failed["error"]) == (f"{KEY}1", "sesion")
    await insist(luis, "de ahora", f"{KEY}2")


async def test_nor_does_one_that_its_process_has_yet_to_hear_of(
    desk: RunningDesk, mariadb: MariaDB, database: Database
) -> None:
    """Signed out at another process; here the outage comes first, and both are heard of when it is over."""
    cookie = desk.cookie("ana", iat=time.time() - 5)
    (ana, _), luis = await desk.connect("ana", cookie), await desk.enter("luis")
    await Identity(desk.app.settings, database, Directory()).close([cookie.removeprefix("token=")])
    mariadb.kill()
    await ana.emit("mensaje_privado", {"para": "admin", "mensaje": "de antes", "id_cliente": f"{KEY}1"})
    assert (await luis.send("admin", "de ahora", id_cliente=f"{KEY}2"))["estado"] == "pendiente"
    mariadb.start()
    await ana.wait_for("disconnect", timeout=20)
    await insist(luis, "de ahora", f"{KEY}2")
    stored = await select_messages_after(database, "admin", 0, 10)
    assert [row.mensaje for row in stored] == ["de ahora"]


@pytest.mark.parametrize("how", ["revoked", "deactivated", "signed out"])
async def test_nor_over_http(desk: RunningDesk, mariadb: MariaDB, database: Database, how: str) -> None:
    """A token that was good a moment ago may send through an outage; what came of it is known when it is over."""
    ana, luis = desk.cookie("ana", iat=time.time() - 5), desk.cookie("luis", iat=time.time() - 5)
    for cookie in (ana, luis):
        assert (await desk.post("/soporte/mensajes", cookie, para="admin", mensaje="antes"))[0] == 200
    await end_session(desk, database, how, ana)
    mariadb.kill()
    assert (await desk.post("/soporte/mensajes", ana, para="admin", mensaje="de antes"))[0] == 202
    assert (await desk.post("/soporte/mensajes", luis, para="admin", mensaje="de ahora"))[0] == 202
    mariadb.start()
    await eventually(lambda: not outage(desk).on)
    stored = await select_messages_after(database, "admin", 0, 10)
    assert [row.mensaje for row in stored] == ["antes", "antes", "de ahora"]


async def end_session(desk: RunningDesk, database: Database, how: str, cookie: str) -> None:
    """By hand: this process hears of it only from the table of accounts and sessions, not of a change."""
    if how == "signed out":
        session = await desk.app.desk.identity.session(cookie.removeprefix("token="))
        await desk.app.desk.sessions.write()
        closed = {"sesion": session.key, "now": utc_now()}
        assert (
            await database.execute("UPDATE sesiones SET cerrada = :now WHERE sesion = :sesion", closed) == 1
        )
        return
    change = {"revoked": "sesiones_desde = UTC_TIMESTAMP(6)", "deactivated": "activo = 0"}[how]
    await database.execute(f"UPDATE usuarios SET {change} WHERE usuario = 'ana'")
