"""Who is erased while people talk: heard of on every process, cut at once, and never stored again by what an outage kept."""

import json
import time
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.desk.erasing import PREFIX, erase
from supportapp.desk.spool import spool_folders
from supportapp.store.addresses import mysql_arguments
from supportapp.store.database import Database
from supportapp.store.spool_file import SpoolFile, SpoolRow, forget_left
from supportapp.store.spool_refused import append_refused
from tests.clients.driver import Driver
from tests.clients.people import silence
from tests.clients.running import running_desk
from tests.desk.erased import assert_proven, files_with, tables_with
from tests.faults.proxy import Proxy
from tests.realtime.test_changes import SLACK, WITHIN, cut_within, two_desks
from tests.waiting import eventually

SECRET = "Zanahoria"
BORRADO = {"tipo": "borrado", "clave": "ana"}


async def test_it_is_heard_on_every_process_and_its_person_hears_it_before_they_are_cut(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with two_desks(settings, driver) as desks:
        anas = [await desk.enter("ana") for desk in desks]
        luis, marta = await desks[0].enter("luis"), await desks[1].enter("marta")
        extrano = await desks[1].enter("extrano")
        assert (await anas[0].send("luis", SECRET))["ok"]
        begun = time.monotonic()
        await erase(database, "ana")
        await cut_within(WITHIN + SLACK, *anas)
        assert time.monotonic() - begun < WITHIN + SLACK + 0.5
        for ana in anas:
            assert ana.all("cambio") == [BORRADO]
        await eventually(lambda: marta.all("cambio").count(BORRADO) == 2)
        assert marta.all("cambio")[0] == {"tipo": "cuenta", "clave": "ana"}
        await silence(luis, extrano)
        assert luis.all("cambio") == [{"tipo": "mensajes", "clave": "luis"}]
        assert extrano.all("cambio") == []  # nobody else learns who there was
        for desk in desks:
            assert (await desk.connect("ana", desk.cookie("ana", iat=time.time() + 2)))[1]["ok"] is False
        assert (await marta.send("luis", "seguimos"))["ok"]
        assert (await marta.send("ana", SECRET))["error"] == "destinatario"


async def test_no_door_tells_a_text_of_theirs(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with two_desks(settings, driver) as desks:
        ana, marta, luis = (
            await desks[0].enter("ana"), await desks[1].enter("marta"), await desks[0].enter("luis")
        )  # fmt: skip
        for _ in range(3):
            assert (await ana.send("admin", f"{SECRET} mía"))["ok"]
            assert (await marta.send("ana", f"{SECRET} suya"))["ok"]
            assert (await ana.send("luis", f"{SECRET} entre nosotros"))["ok"]
        await erase(database, "ana")
        await eventually(lambda: BORRADO in marta.all("cambio"))
        assert await tables_with(database, SECRET) == set()
        names = await database.fetch_all("SELECT usuario FROM usuarios")
        (seudonimo,) = (row["usuario"] for row in names if row["usuario"].startswith(PREFIX))
        for usuario, paths in {
            "marta": [
                "/soporte", "/soporte/c/ana", "/soporte/c/ana/panel", "/soporte/c/ana/cuenta", "/soporte/c/luis",
                f"/soporte/c/{seudonimo}", "/soporte/conversaciones", f"/soporte/conversaciones/{seudonimo}",
                "/soporte/mensajes?con=ana", f"/soporte/mensajes?con={seudonimo}", "/api/mensajes?con=ana",
                f"/api/mensajes?con={seudonimo}", "/api/mensajes/mios", "/api/usuarios-conversaciones",
                "/cuenta/exportar", "/cuenta/exportar?formato=html", "/soporte/conversaciones?buscar=ana",
            ],
            "luis": ["/soporte", "/soporte/mensajes", "/api/mensajes/mios", "/cuenta/exportar"],
        }.items():  # fmt: skip
            for desk in desks:
                for path in paths:
                    status, text = await desk.get(path, usuario, Accept="text/html")
                    assert (status, SECRET in text) == (200, False), path
            reader = marta if usuario == "marta" else luis
            rows = (await reader.ask("sincronizar", {"desde": 0}))["filas"]
            assert SECRET not in json.dumps(rows)
            erased = [row for row in rows if not row["mensaje"]]
            assert len(erased) == (9 if usuario == "marta" else 3)
            assert all(
                row["borrado"] and seudonimo in (row["de_usuario"], row["para_usuario"]) for row in erased
            )
        assert (
            "Mensaje borrado"
            in (await desks[0].get(f"/soporte/c/{seudonimo}", "marta", Accept="text/html"))[1]
        )
        assert (
            "Esta persona se ha borrado"
            in (await desks[0].get("/soporte/c/ana", "marta", Accept="text/html"))[1]
        )
        assert (await desks[0].get("/soporte/c/nadie", "marta"))[0] == 404
        assert (await desks[0].get("/soporte/mensajes?con=ana", "luis"))[0] == 404


async def test_signing_out_on_a_page_that_was_left_open_leaves_no_name(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with two_desks(settings, driver) as (one, _):
        cookie = one.cookie("ana", iat=time.time() - 5)
        assert (await one.ask("GET", "/soporte", cookie))[0] == 200
        await erase(database, "ana")
        assert (await one.post("/logout", cookie))[0] == 303
        await one.app.desk.sessions.write()
        assert await database.fetch_val("SELECT COUNT(*) AS n FROM sesiones") == 0


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
async def test_what_an_outage_kept_of_them_does_not_come_back(
    settings: Settings, people: object, driver: Driver, database: Database, tmp_path: Path
) -> None:
    """One process cannot reach the database, and has what Ana writes on its disk; she is erased past it."""
    port = mysql_arguments(settings.database_url)["port"]
    proxy = await Proxy(port).start()
    cut_off = settings.model_copy(
        update={
            "database_url": settings.database_url.replace(f":{port}/", f":{proxy.port}/"),
            "instance_dir": tmp_path / "cut off", "heartbeat_seconds": 300,
        }
    )  # fmt: skip
    async with running_desk(cut_off, driver) as desk:
        ana, marta = await desk.enter("ana"), await desk.enter("marta")
        assert (await ana.send("admin", "antes"))["estado"] == "guardado"
        assert (await marta.send("ana", "antes"))["estado"] == "guardado"
        proxy.cut(refuse=True)
        assert (await ana.send("admin", f"{SECRET} de Ana", id_cliente="a" * 20))["estado"] == "pendiente"
        assert (await marta.send("ana", f"{SECRET} a Ana", id_cliente="m" * 20))["estado"] == "pendiente"
        assert (await marta.send("elena", "sigue", id_cliente="e" * 20))["estado"] == "pendiente"
        assert files_with(cut_off, SECRET)
        assert await erase(database, "ana") == 2
        proxy.heal()
        await marta.wait_for("mensaje_fallido", 2, timeout=15)
        await cut_within(5, ana)
        assert {payload["id_cliente"] for payload in marta.all("mensaje_fallido")} == {"a" * 20, "m" * 20}
        await eventually(lambda: files_with(cut_off, SECRET) == [])
        await marta.wait_for(
            "mensaje_guardado", timeout=15
        )  # what was to others is stored after those were refused
        texts = await database.fetch_all("SELECT mensaje FROM mensajes ORDER BY id")
        assert [row["mensaje"] for row in texts] == ["", "", "sigue"]
        await assert_proven(database)
    await proxy.stop()


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
async def test_what_a_living_process_put_away_goes_when_it_hears_of_it(
    settings: Settings, people: object, driver: Driver, database: Database
) -> None:
    async with running_desk(settings, driver):
        (folder, *_) = await spool_folders(settings, database)
        refused = folder / "alguno.refused"
        for usuario, para in (("ana", "admin"), ("luis", "admin"), ("marta", "ana")):
            append_refused(
                refused, {"de_usuario": usuario, "para_usuario": para, "mensaje": f"{SECRET} {usuario}"}
            )
        await erase(database, "ana")
        await eventually(lambda: refused.read_text().count(SECRET) == 1)
        assert json.loads(refused.read_text())["de_usuario"] == "luis"


def test_what_dead_processes_left_of_them_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    rows = [
        SpoolRow(de, de, "user", para, f"{SECRET} de {de} a {para}", f"{number}-0123456789abcdef", "h")
        for number, (de, para) in enumerate((("ana", "admin"), ("luis", "admin"), ("marta", "ana")))
    ]
    dead, living = SpoolFile.create(tmp_path), SpoolFile.create(tmp_path)
    for file in (dead, living):
        file.add(rows)
        file.put_away(rows[0], "por nada")
    dead.close()
    forget_left(tmp_path, {"ana"})
    bytes_of = dead.path.read_bytes()
    assert bytes_of.count(SECRET.encode()) == 1
    assert b"de luis a admin" in bytes_of
    assert [path for path in tmp_path.glob("*.refused") if path.read_text()] == []
    assert len(living.rows()) == 3
    living.forget({"ana"})
    assert living.path.read_bytes().count(SECRET.encode()) == 1
    living.close()
