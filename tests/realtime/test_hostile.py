"""What a hostile client can do at the socket door: nothing, and it costs one log line."""

import asyncio
import base64
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from engineio import packet as engine

from supportapp.realtime import outgoing
from supportapp.realtime import server as realtime_server
from supportapp.store.database import Database
from supportapp.store.sequence import select_head
from tests.clients.people import Person
from tests.clients.running import RunningDesk


async def frame(desk: RunningDesk, person: Person, data: str, **more: Any) -> None:
    await desk.driver.do("frame", socket=person.socket, data=data, **more)


async def greeted(desk: RunningDesk, usuario: str) -> Person:
    """A raw connection that has said CONNECT and was let in."""
    raw = await desk.raw(usuario)
    await frame(desk, raw, "40")
    frames = await raw.wait_for("frame", 2)
    assert frames[1].startswith("40")
    return raw


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "*"])
async def test_reserved_events_run_no_handler(desk: RunningDesk, name: str) -> None:
    ana, luis = await greeted(desk, "ana"), await desk.enter("luis")
    forged = {"HTTP_COOKIE": desk.cookie("luis")}
    await frame(desk, ana, "42" + json.dumps([name, forged, {}]))
    await (await desk.enter("marta")).send("luis", "para luis")
    assert await luis.heard() == ["para luis"]
    await asyncio.sleep(0.2)
    assert not [said for said in ana.all("frame") if "para luis" in said]


async def test_a_second_connect_does_not_double_anything(
    desk: RunningDesk, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = await greeted(desk, "ana")
    await frame(desk, ana, "40")
    await (await desk.enter("marta")).send("ana", "una vez")
    await asyncio.sleep(0.3)
    assert len([said for said in ana.all("frame") if "una vez" in said]) == 1
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "data",
    [
        "4",
        "4x",
        "42",
        "42{}",
        "42[]",
        "42[1]",
        '42["mensaje_privado"',
        "43",
        "44{}",
        "47",
        '42/otro,["x"]x',
        "4" + "9" * 200,
    ],
)
async def test_malformed_packets_are_counted_and_cut_at_five(
    desk: RunningDesk, data: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = await greeted(desk, "ana")
    for _ in range(5):
        await frame(desk, ana, data)
    await ana.wait_for("closed")
    out = "".join(capfd.readouterr())
    assert "Traceback" not in out
    assert out.count("malformed packet") == 1


@pytest.mark.parametrize("data", ["", "x", "0", "9", "é"])
async def test_what_is_not_engine_io_is_cut_at_once(
    desk: RunningDesk, data: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = await greeted(desk, "ana")
    await frame(desk, ana, data)
    await ana.wait_for("closed")
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_binary_is_refused(desk: RunningDesk, capfd: pytest.CaptureFixture[str]) -> None:
    ana = await greeted(desk, "ana")
    await frame(desk, ana, base64.b64encode(b"\x00" * 10).decode(), binary=True)
    await ana.wait_for("closed")
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("head", ["451-", "461-1", "4520-"])
async def test_attachments_are_refused(desk: RunningDesk, head: str) -> None:
    ana = await greeted(desk, "ana")
    for _ in range(5):
        await frame(desk, ana, head + '["mensaje_privado",{"_placeholder":true,"num":0}]')
    await ana.wait_for("closed")


async def test_too_large_a_frame_ends_the_connection_only(desk: RunningDesk, database: Database) -> None:
    ana, marta = await greeted(desk, "ana"), await desk.enter("marta")
    await frame(desk, ana, '42["mensaje_privado",{"para":"admin","mensaje":"' + "x" * 70_000 + '"}]')
    await ana.wait_for("closed")
    assert await select_head(database) == 0
    assert (await marta.send("ana", "sigo"))["ok"]


async def test_deep_nesting_is_refused(desk: RunningDesk) -> None:
    ana = await greeted(desk, "ana")
    await frame(desk, ana, '420["mensaje_privado",' + "[" * 20_000 + "]" * 20_000 + "]")
    assert (await (await desk.enter("marta")).send("ana", "sigo"))["ok"]


async def test_a_connection_that_never_says_connect_is_cut(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime_server, "SILENT_SECONDS", 0.2)
    silent = await desk.raw("ana")
    await silent.wait_for("closed", timeout=2)


async def test_a_stranger_in_the_right_room_name_hears_nothing(desk: RunningDesk) -> None:
    stranger, result = await desk.connect("stranger", None)
    assert not result["ok"]
    await (await desk.enter("ana")).send("admin", "secreto")
    assert await stranger.heard() == []


@pytest.mark.parametrize(
    ("origin", "ok"), [("https://evil.example", False), ("null", False), ("own", True), (None, True)]
)
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_foreign_origin_is_refused(
    desk: RunningDesk, origin: str | None, ok: bool, transport: str
) -> None:
    headers = {} if origin is None else {"Origin": desk.url if origin == "own" else origin}
    _, result = await desk.connect("ana", desk.cookie("ana"), transports=[transport], headers=headers)
    assert result["ok"] is ok


async def test_before_connect_is_answered_no_event_is_heard(desk: RunningDesk, database: Database) -> None:
    raw = await desk.raw("ana")
    await frame(desk, raw, '420["mensaje_privado",{"para":"admin","mensaje":"temprano"}]')
    await asyncio.sleep(0.3)
    assert await select_head(database) == 0


async def test_a_failing_connect_is_refused_with_a_message_and_enters_no_room(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def boom(token: str) -> None:
        raise RuntimeError("boom")

    marta = await desk.enter("marta")
    monkeypatch.setattr(desk.app.desk.identity, "session", boom)
    ana, result = await desk.connect("ana", desk.cookie("ana"))
    assert result == {"ok": False, "message": "Servicio no disponible"}
    await marta.send("ana", "secreto")
    assert await ana.heard() == []


async def test_a_failing_event_is_answered(desk: RunningDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(viewer: object, payload: object) -> None:
        raise RuntimeError("boom")

    ana = await desk.enter("ana")
    monkeypatch.setattr(desk.app.desk, "submit", boom)
    assert await ana.send("admin", "hola") == {"ok": False, "error": "ocupado"}


async def test_a_client_that_stops_reading_is_cut_and_others_are_not_held_up(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "MAX_OUTGOING", 20)
    slow, marta = await greeted(desk, "luis"), await desk.enter("marta")
    await desk.driver.do("pause", socket=slow.socket)
    server = desk.app._realtime
    (stuck,) = [eio_sid for _, eio_sid in server.manager.get_participants("/", "user:luis")]
    large = engine.Packet(engine.MESSAGE, '2["algo","' + "x" * 60_000 + '"]')
    for _ in range(800):  # 48 MB: more than the kernel takes for a reader that does not read
        server.put(stuck, large)
        await asyncio.sleep(0.001)
    assert stuck not in server.eio.sockets or server.eio.sockets[stuck].closed
    assert (await marta.send("luis", "para luego"))["ok"]
    assert await marta.heard("mensaje_enviado") == ["para luego"]


async def test_a_flood_is_answered_with_the_time_to_wait(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await desk.enter("ana")
    now = time.monotonic()  # which stands: twenty a second would come back meanwhile
    monkeypatch.setattr("supportapp.desk.pace.time", SimpleNamespace(monotonic=lambda: now))
    pairs = [["mensaje_privado", {"para": "admin", "mensaje": str(n)}] for n in range(310)]
    answers = await desk.driver.do("askAll", socket=ana.socket, list=pairs)
    refused = [answer for answer in answers if not answer["ok"]]
    assert len(refused) == 10
    assert all(answer["error"] == "limite" and answer["espera_ms"] > 0 for answer in refused)
