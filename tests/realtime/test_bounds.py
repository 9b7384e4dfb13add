"""What one client can make the process hold or do is bounded, and who keeps within it notices nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from supportapp.config import Settings
from supportapp.desk import catching_up
from supportapp.desk.pace import Buckets
from supportapp.realtime import admission, events, outgoing
from supportapp.realtime import server as realtime_server
from supportapp.realtime.admission import OPENING, Admission
from supportapp.realtime.callers import Caller
from tests.clients.driver import Driver
from tests.clients.polling import HANDSHAKE, Polling, acknowledgements
from tests.clients.running import RunningDesk, running_desk
from tests.raw_sockets import open_websocket, text_frame
from tests.waiting import eventually

LARGEST = "🙂" * 2000

pytestmark = pytest.mark.usefixtures("no_traceback")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The bounds are the process's own."""
    return sqlite_url


@pytest.fixture
async def small(settings: Settings, people: object, driver: Driver) -> AsyncIterator[RunningDesk]:
    """A desk where a person may have three sockets."""
    async with running_desk(settings.model_copy(update={"sockets_per_person": 3}), driver) as desk:
        yield desk


def polling(desk: RunningDesk, usuario: str | None = None) -> Polling:
    return Polling(desk.app.settings.port, {"Cookie": desk.cookie(usuario)} if usuario else {})


def event(number: int | str, name: str, payload: Any) -> str:
    return f"42{number}{json.dumps([name, payload])}"


async def fill(desk: RunningDesk, count: int) -> None:
    ana = await desk.enter("ana")
    for _ in range(count):
        assert (await ana.send("admin", LARGEST))["ok"]


@pytest.mark.parametrize("sockets", [1, 20, 500])
def test_all_sockets_of_an_office_come_back_in_one_moment(
    sockets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    office, doors = Caller("oficina", "192.0.2.1"), Admission(sockets, "30/15 seconds")
    for _ in range(sockets):
        assert doors.refusal(office) is None
        bucket = doors.bucket()
        assert doors.pays(office, bucket, 1)  # the frame that asks to be let in
        assert doors.pays(office, bucket, OPENING)


async def test_strangers_take_so_many_sessions_and_no_more(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime_server, "SILENT_SECONDS", 1.5)
    monkeypatch.setattr(admission, "STRANGERS_AT_ONE_ADDRESS", 10)
    tasks = asyncio.all_tasks()
    answers = [(await polling(desk).ask("GET", HANDSHAKE)).status for _ in range(15)]
    assert answers == [200] * 10 + [429] * 5
    connection, head = await asyncio.to_thread(open_websocket, desk.app.settings.port)
    connection.close()
    assert " 101 " not in head
    assert (await (await desk.enter("ana")).send("admin", "hola"))[
        "ok"
    ]  # with a session nobody is a stranger
    await eventually(lambda: len(desk.app._realtime.eio.sockets) == 1)
    assert (await polling(desk).ask("GET", HANDSHAKE)).status == 200
    await desk.driver.forget()
    await eventually(lambda: not asyncio.all_tasks() - tasks)


async def test_strangers_together_take_so_many(desk: RunningDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "STRANGERS", 5)
    answers = [(await polling(desk).ask("GET", HANDSHAKE)).status for _ in range(6)]
    assert answers == [200] * 5 + [429]


async def test_addresses_are_those_that_the_trusted_proxy_tells(
    settings: Settings, people: object, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "STRANGERS_AT_ONE_ADDRESS", 1)
    async with running_desk(settings.model_copy(update={"trusted_proxies": 1}), driver) as desk:
        addresses = ["192.0.2.1", "192.0.2.1", "192.0.2.2", "198.51.100.7, 192.0.2.2"]
        answers = [
            (await polling(desk).ask("GET", HANDSHAKE, **{"X-Forwarded-For": address})).status
            for address in addresses
        ]
        assert answers == [200, 429, 200, 429]


async def test_a_person_has_so_many_sockets_and_others_theirs(small: RunningDesk) -> None:
    ana = [await small.enter("ana") for _ in range(3)]
    assert not (await small.connect("ana", small.cookie("ana"), reconnection=False))[1]["ok"]
    assert (await polling(small, "ana").ask("GET", HANDSHAKE)).status == 429
    await small.enter("luis")
    await ana[0].leave()
    await eventually(lambda: len(small.app._realtime.eio.sockets) == 3)
    assert (await (await small.enter("ana")).send("admin", "hola"))["ok"]


async def test_what_waits_for_one_client_is_counted_in_bytes(desk: RunningDesk) -> None:
    ana = polling(desk, "ana")
    sid = await ana.enter()
    session = desk.app._realtime.eio.sockets[sid]
    marta = await desk.enter("marta")
    most = 0
    for _ in range(200):  # 1.6 MB, far from a thousand packets
        await marta.send("ana", LARGEST)
        most = max(most, session.queue.held)
    assert outgoing.MAX_OUTGOING_BYTES <= most < outgoing.MAX_OUTGOING_BYTES * 1.1
    assert session.queue.held == 0
    assert (await ana.get(sid)).status == 400
    assert sid not in desk.app._realtime.eio.sockets


async def test_an_answer_of_catching_up_ends_after_256_kb_and_the_rest_follows(desk: RunningDesk) -> None:
    await fill(desk, 80)
    marta = await desk.enter("marta")
    rows: list[Any] = []
    answers = 0
    page: dict[str, Any] = {"mas": True, "hasta": 0}
    while page["mas"]:
        page = await marta.ask("sincronizar", {"desde": page["hasta"], "limite": 500})
        assert len(orjson.dumps(page)) < catching_up.MAX_BYTES + 1000
        rows += page["filas"]
        answers += 1
    assert [row["id"] for row in rows] == list(range(1, 81))
    assert answers == 3


async def test_a_row_that_is_too_large_is_given_alone(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "MAX_BYTES", 10)
    ana = await desk.enter("ana")
    for text in ("uno", "dos"):
        await ana.send("admin", text)
    first = await ana.ask("sincronizar", {"desde": 0})
    assert ([row["mensaje"] for row in first["filas"]], first["mas"], first["hasta"]) == (["uno"], True, 1)
    last = await ana.ask("sincronizar", {"desde": 1})
    assert ([row["mensaje"] for row in last["filas"]], last["mas"]) == (["dos"], False)


@pytest.mark.parametrize("limite", [1, 99, 100, 101, 250])
async def test_pieces_leave_nothing_out(desk: RunningDesk, limite: int) -> None:
    ana = await desk.enter("ana")
    pairs = [["mensaje_privado", {"para": "admin", "mensaje": str(n)}] for n in range(202)]
    await desk.driver.do("askAll", socket=ana.socket, list=pairs)
    page = await ana.ask("sincronizar", {"desde": 0, "limite": limite})
    assert [row["id"] for row in page["filas"]] == list(range(1, min(limite, 202) + 1))
    assert page["mas"] is (limite < 202)


async def test_the_next_catching_up_waits_until_the_last_answer_is_written(desk: RunningDesk) -> None:
    ana = polling(desk, "ana")
    sid = await ana.enter()
    await ana.post(sid, event(1, "sincronizar", {}))
    await asyncio.sleep(0.2)  # answered, and not asked for
    await ana.post(sid, event(2, "sincronizar", {}))
    answers = acknowledgements(await ana.get(sid))
    assert (answers[1]["ok"], answers[2]["error"]) == (True, "limite")
    await ana.post(sid, event(3, "sincronizar", {}))
    assert acknowledgements(await ana.get(sid))[3]["ok"]


async def test_answers_that_nobody_takes_are_bounded_for_each_person(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SYNC_BYTES", 2 * catching_up.MAX_BYTES)
    unread = [(polling(desk, "ana"), await polling(desk, "ana").enter()) for _ in range(3)]
    for ana, sid in unread:
        await ana.post(sid, event(1, "sincronizar", {}))
    answers = [acknowledgements(await ana.get(sid))[1] for ana, sid in reversed(unread)]
    assert [answer["ok"] for answer in answers] == [False, True, True]
    for ana, sid in unread:
        await ana.post(sid, event(2, "sincronizar", {"limite": 1}), "1")
    await eventually(lambda: not desk.app._realtime.on_event.__self__._unwritten)


async def test_catching_up_has_a_rate_for_each_person(desk: RunningDesk) -> None:
    ana, luis = await desk.enter("ana"), await desk.enter("luis")
    desk.app._realtime.on_event.__self__._catching_up = Buckets(3, 0.1)
    answers = [await ana.ask("sincronizar", {}) for _ in range(5)]
    assert [answer["ok"] for answer in answers] == [True] * 3 + [False] * 2
    assert (answers[-1]["error"], answers[-1]["espera_ms"] > 0) == ("limite", True)
    assert (await luis.ask("sincronizar", {}))["ok"]


@pytest.mark.parametrize("name", ["nada", "leido", "sincronizar", "mensaje_privado"])
async def test_a_flood_is_cut_and_others_do_not_wait(desk: RunningDesk, name: str) -> None:
    luis = await desk.enter("luis")
    socket, _ = await asyncio.to_thread(open_websocket, desk.app.settings.port, Cookie=desk.cookie("ana"))
    with socket:
        flood = text_frame("40") + text_frame(event("", name, {"con": "ana", "hasta": 1})) * 3000
        sending = asyncio.create_task(asyncio.to_thread(send_all, socket, flood))
        begun = time.monotonic()
        assert (await luis.send("admin", "hola"))["ok"]
        assert time.monotonic() - begun < 1
        await eventually(lambda: len(desk.app._realtime.eio.sockets) == 1)
        await sending


async def test_who_floods_from_many_sockets_rests_and_nobody_else(desk: RunningDesk) -> None:
    flood = text_frame("3") * 1500
    for _ in range(4):
        socket, _ = await asyncio.to_thread(open_websocket, desk.app.settings.port, Cookie=desk.cookie("ana"))
        with socket:
            await asyncio.to_thread(send_all, socket, flood)
            await eventually(lambda: not desk.app._realtime.eio.sockets)
    assert (await polling(desk, "ana").ask("GET", HANDSHAKE)).status == 429
    assert (await (await desk.enter("luis")).send("admin", "hola"))["ok"]
    await asyncio.sleep(1.2)
    assert (await (await desk.enter("ana")).send("admin", "perdón"))["ok"]


async def test_asking_to_be_let_in_again_and_again_is_cut(desk: RunningDesk) -> None:
    stranger = polling(desk)
    sid = await stranger.open()
    await stranger.post(sid, *["40"] * 200)
    assert (await stranger.get(sid)).status == 400


async def test_a_backlog_of_a_client_without_acknowledgements_goes_out_at_once(desk: RunningDesk) -> None:
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    for number in range(300):
        await ana.emit("mensaje_privado", {"para": "admin", "mensaje": str(number)})
    heard = await marta.wait_for("mensaje_recibido", 300, timeout=15)
    assert [message["mensaje"] for message in heard] == [str(number) for number in range(300)]


def send_all(socket: Any, data: bytes) -> None:
    try:
        socket.sendall(data)
    except OSError:
        return  # it was cut, as it should be
