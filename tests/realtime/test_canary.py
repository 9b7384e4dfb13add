"""The canary goes everybody's way, tells the truth about it, and disturbs nobody."""

import asyncio
import math
import time
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.desk import reading
from supportapp.desk.viewer import ROBOT_DESK, ROBOT_USER, Viewer
from supportapp.desk.window import Window
from supportapp.errors import FormErrors
from supportapp.realtime.canary import Canary, loopback
from supportapp.realtime.rounds import Round, Rounds
from supportapp.store.conversations import select_desk_conversations
from supportapp.store.sequence import select_count_and_max
from tests.clients.driver import Driver
from tests.clients.running import RunningDesk, running_desk
from tests.conftest import JWT_SECRET
from tests.services.mariadb import MariaDB
from tests.waiting import eventually

MARTA = Viewer("marta", "Marta", "admin")


@pytest.fixture
def settings(mariadb_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=mariadb_url,
        jwt_secret=JWT_SECRET,
        instance_dir=tmp_path,
        canary=True,
        canary_seconds=0.2,
        heartbeat_seconds=0.3,
    )


def figure(desk: RunningDesk, name: str) -> float:
    for line in desk.app.desk.metrics.text().decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[-1])
    return 0.0


def delivered(desk: RunningDesk) -> float:
    return figure(desk, 'soporte_canary_rounds_total{outcome="delivered"}')


def failed(desk: RunningDesk) -> float:
    return figure(desk, 'soporte_canary_rounds_total{outcome="failed"}')


async def test_it_measures_the_whole_way(desk: RunningDesk) -> None:
    await eventually(lambda: delivered(desk) >= 3)
    assert failed(desk) == 0
    assert figure(desk, "soporte_canary_lost") == 0
    for stage in ("acknowledged", "delivered"):
        half, most = (figure(desk, f"soporte_canary_{stage}_seconds_p{share}") for share in (50, 95))
        assert 0 < half <= most < 1
    count, highest = await select_count_and_max(desk.app.desk.database)
    assert count == highest >= 3
    assert figure(desk, "soporte_sockets") <= 2  # they leave after each round


async def test_it_disturbs_nobody(desk: RunningDesk) -> None:
    marta, ana = await desk.enter("marta"), await desk.enter("ana")
    await ana.send("admin", "hola")
    await eventually(lambda: delivered(desk) >= 3)
    database = desk.app.desk.database
    page = await reading.conversations(database, MARTA, Window(), "")
    assert [row.usuario for row in page.conversations] == ["ana"]
    assert await select_desk_conversations(database) == ["ana"]
    assert (await desk.get("/api/usuarios-conversaciones", "marta"))[1] == '["ana"]'
    assert await marta.heard() == ["hola"]
    assert await marta.heard("mensaje_enviado") == []
    stored = await reading.history(database, MARTA, "ana", Window())
    await marta.wait_for("latido", 2)
    ultimo = marta.all("latido")[-1]["ultimo"]
    head = (await select_count_and_max(database))[1]
    assert ultimo == stored.messages[-1].id < head - 1  # nobody is told to look for the canary's messages


async def test_a_message_that_is_not_there_is_reported(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await eventually(lambda: delivered(desk) >= 1)
    lost: list[object] = []

    async def nothing(database: object, keys: object) -> list[object]:
        lost.append(keys)
        return []

    monkeypatch.setattr("supportapp.realtime.canary.select_stored", nothing)
    await eventually(lambda: len(lost) >= 1)
    monkeypatch.undo()
    await eventually(lambda: figure(desk, "soporte_canary_lost") == len(lost))


async def test_what_is_missing_is_reported_though_no_round_succeeds(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await eventually(lambda: delivered(desk) >= 1)

    async def acknowledged_and_gone(canary: Canary) -> None:
        canary._open["never-stored"] = "guardado"
        raise TimeoutError

    monkeypatch.setattr(Canary, "_round", acknowledged_and_gone)
    await eventually(lambda: figure(desk, "soporte_canary_lost") >= 1)


async def test_a_defect_of_the_proof_does_not_end_it(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def fail(database: object, keys: object) -> list[object]:
        nonlocal asked
        asked += 1
        raise RuntimeError("a word of a driver that nobody knew")

    monkeypatch.setattr("supportapp.realtime.canary.select_stored", fail)
    await eventually(lambda: asked >= 2)
    assert desk.app.desk.whole


async def test_an_outage_is_no_loss(desk: RunningDesk, mariadb: MariaDB) -> None:
    await eventually(lambda: delivered(desk) >= 1)
    mariadb.kill()
    await eventually(lambda: failed(desk) >= 1)
    before = delivered(desk)
    mariadb.start()
    await eventually(lambda: delivered(desk) >= before + 2, timeout=30)
    assert figure(desk, "soporte_canary_lost") == 0


async def test_what_waits_in_the_spool_is_not_lost_yet(
    desk: RunningDesk, mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = Canary.__new__(Canary)
    canary._desk, canary._open, canary.lost = desk.app.desk, {"waits-in-the-spool": "pendiente"}, 0
    outage = desk.app.desk.outage
    assert outage
    outage.begin("for the test")
    await canary._prove()
    assert (canary._open, canary.lost) == ({"waits-in-the-spool": "pendiente"}, 0)
    await eventually(lambda: not outage.on)
    await canary._prove()
    assert (canary._open, canary.lost) == ({}, 1)


async def test_without_the_setting_there_are_no_robots(settings: Settings, driver: Driver) -> None:
    async with running_desk(settings.model_copy(update={"canary": False}), driver) as desk:
        await asyncio.sleep(0.5)
        assert (await select_count_and_max(desk.app.desk.database))[0] == 0
        assert "soporte_canary" not in desk.app.desk.metrics.text().decode()


@pytest.mark.parametrize("name", [ROBOT_USER, ROBOT_DESK, "Robot.Mesa"])
async def test_nobody_can_take_the_robots_names(desk: RunningDesk, name: str) -> None:
    with pytest.raises(FormErrors) as refused:
        await desk.app.desk.accounts.register(name, "Alguien", "correcta-1234")
    assert refused.value.fields == {"user": "taken"}


def test_percentiles_are_of_the_last_hour() -> None:
    rounds, now = Rounds(), time.monotonic()
    assert math.isnan(rounds.percentile("delivered", 50))
    for one in (Round(now - 3601, 9, 9), *(Round(now, n / 100, n / 10) for n in range(1, 101))):
        rounds.add(one)
    assert rounds.percentile("acknowledged", 50) == pytest.approx(0.5, abs=0.02)
    assert rounds.percentile("delivered", 95) == pytest.approx(9.5, abs=0.2)
    assert rounds.figures()["delivered_p95_ms"] == pytest.approx(9500, abs=200)


@pytest.mark.parametrize(
    ("host", "address"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.7", "10.0.0.7")]
)
def test_the_own_port_is_found(settings: Settings, host: str, address: str) -> None:
    assert loopback(settings.model_copy(update={"host": host})) == address
