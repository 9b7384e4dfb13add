"""What an operator sees at `/metrics` agrees with what people did."""

import asyncio
import re
from http.client import HTTPConnection
from pathlib import Path

import pytest

from supportapp.asgi import Application
from supportapp.config import ConfigError, Settings, load_settings
from supportapp.desk import watching
from supportapp.realtime import server
from tests.clients.running import RunningDesk
from tests.conftest import JWT_SECRET
from tests.services.mariadb import MariaDB
from tests.waiting import eventually

TOKEN = "a token for Prometheus"


@pytest.fixture
def settings(mariadb_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=mariadb_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path, metrics_token=TOKEN
    )


def ask(desk: RunningDesk, authorization: str | None) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", desk.app.settings.port, timeout=10)
    try:
        connection.request(
            "GET", "/metrics", headers={"Authorization": authorization} if authorization else {}
        )
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


async def figures(desk: RunningDesk) -> dict[str, float]:
    """Each line of `/metrics`, as `name{label="x"}`: value."""
    status, text = await asyncio.to_thread(ask, desk, f"Bearer {TOKEN}")
    assert status == 200
    return {name: float(value) for name, value in re.findall(r"^(soporte_\S+) (\S+)$", text, re.MULTILINE)}


async def test_the_figures_are_what_people_did(desk: RunningDesk) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    for number in range(5):
        await ana.send("admin", f"hola {number}")
    await marta.wait_for("mensaje_recibido", 5)
    await marta.ask("sincronizar", {"desde": 0})
    await desk.get("/soporte/mensajes?despues=2", "ana")
    await desk.get("/soporte/mensajes", "ana")
    elena = await desk.enter("elena")
    await elena.leave()
    await eventually(lambda: b"soporte_disconnects_total 1.0" in desk.app.desk.metrics.text())
    seen = await figures(desk)
    assert seen["soporte_messages_committed_total"] == 5
    assert seen["soporte_batch_messages_sum"] == 5
    assert 1 <= seen["soporte_batch_messages_count"] <= 5
    assert seen["soporte_commit_seconds_count"] == seen["soporte_batch_messages_count"]
    assert 0 < seen["soporte_commit_seconds_sum"] < 5
    assert seen["soporte_delivered_seconds_count"] == seen["soporte_batch_messages_count"]
    assert 0 < seen["soporte_delivered_seconds_sum"] < 5
    assert seen['soporte_acknowledged_seconds_count{estado="guardado"}'] == 5
    assert 0 < seen['soporte_acknowledged_seconds_sum{estado="guardado"}'] < 5
    assert seen['soporte_deliveries_total{event="mensaje_recibido"}'] == 5
    assert seen['soporte_deliveries_total{event="mensaje_enviado"}'] == 5
    assert (seen["soporte_connects_total"], seen["soporte_disconnects_total"]) == (3, 1)
    assert seen["soporte_sockets"] == 2
    assert seen['soporte_catch_ups_total{way="sincronizar"}'] == 1
    assert seen['soporte_catch_ups_total{way="despues"}'] == 1
    for idle in (
        "queue_messages",
        "spool_messages",
        "spool_bytes",
        "spool_oldest_seconds",
        "database_broken",
    ):
        assert seen[f"soporte_{idle}"] == 0


async def test_who_is_refused_cut_late_or_waits_can_be_seen(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WHO_WAITS_EVERY", 0.0)
    monkeypatch.setattr(server, "SILENT_SECONDS", 0.3)
    ana = await desk.enter("ana")
    for para, mensaje in (("admin", ""), ("admin", "x" * 5000), ("nadie", "hola"), ("admin", "hola")):
        await ana.send(para, mensaje)
    await desk.raw("ana")
    await desk.get("/soporte/mensajes?antes=x", "ana")
    await desk.get("/nowhere", "ana")
    await eventually(lambda: b"soporte_cut_connections_total{" in desk.app.desk.metrics.text())
    await eventually(lambda: b"soporte_longest_waiting_seconds 0.0" not in desk.app.desk.metrics.text())
    await eventually(lambda: b'soporte_sessions{transport="websocket"} 1.0' in desk.app.desk.metrics.text())
    seen = await figures(desk)
    refused = {name: count for name, count in seen.items() if name.startswith("soporte_refusals_total")}
    assert refused == {
        f'soporte_refusals_total{{error="{error}"}}': 1 for error in ("vacio", "largo", "destinatario")
    }
    assert 0 < seen["soporte_longest_waiting_seconds"] < 60
    assert seen['soporte_sessions{transport="polling"}'] == 0
    assert seen['soporte_http_requests_total{route="/soporte/mensajes",status="400"}'] == 1
    assert seen['soporte_http_requests_total{route="none",status="404"}'] == 1
    assert seen['soporte_http_seconds_count{route="none"}'] == 1
    assert seen["soporte_loop_lag_seconds_count"] > 0
    assert 0 <= seen['soporte_follower_lag_seconds{table="mensajes"}'] < 2
    assert (seen["soporte_pool_waiting"], seen["soporte_outages_total"]) == (0, 0)
    assert any(name.startswith("soporte_build_info{") and value == 1 for name, value in seen.items())


async def test_an_outage_can_be_seen(desk: RunningDesk, mariadb: MariaDB) -> None:
    ana = await desk.enter("ana")
    mariadb.kill()
    assert (await ana.send("admin", "hola"))["estado"] == "pendiente"
    seen = await figures(desk)
    assert seen["soporte_database_broken"] == 1
    assert seen["soporte_spool_messages"] == 1
    assert seen["soporte_spool_bytes"] > 0
    assert 0 < seen["soporte_spool_oldest_seconds"] < 10
    assert seen['soporte_acknowledged_seconds_count{estado="pendiente"}'] == 1
    mariadb.start()
    async with asyncio.timeout(20):
        while (await figures(desk))["soporte_database_broken"]:
            await asyncio.sleep(0.1)
    seen = await figures(desk)
    assert (seen["soporte_spool_messages"], seen["soporte_messages_committed_total"]) == (0, 1)
    assert seen["soporte_outages_total"] == 1
    assert 0 < seen["soporte_outage_seconds_total"] < 30


@pytest.mark.parametrize(
    "authorization", [None, TOKEN, "Bearer", f"Bearer {TOKEN}x", "Bearer á", f"Basic {TOKEN}"]
)
async def test_without_the_token_nobody_sees_them(desk: RunningDesk, authorization: str | None) -> None:
    header = authorization.encode("utf-8").decode("latin-1") if authorization else None
    status, text = await asyncio.to_thread(ask, desk, header)
    assert (status, text) == (401, "")


def test_without_the_setting_there_is_no_such_route(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/x.db", jwt_secret=JWT_SECRET)
    one, other = Application(settings), Application(settings)  # two in one process do not meet
    for app in (one, other):
        assert "/metrics" not in {rule.rule for rule in app.web.url_map.iter_rules()}
    one.desk.metrics.connects.inc()
    assert b"soporte_connects_total 1.0" in one.desk.metrics.text()
    assert b"soporte_connects_total 0.0" in other.desk.metrics.text()


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ConfigError, match="METRICS_TOKEN"):
        load_settings({"METRICS_TOKEN": "short", "JWT_SECRET": JWT_SECRET})
