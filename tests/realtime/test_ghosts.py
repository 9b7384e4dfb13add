"""Whatever ends while somebody is being let in leaves nothing behind: no room, no table, no timer, no task."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from supportapp.realtime import server as realtime_server
from tests.clients.polling import Polling
from tests.clients.running import RunningDesk
from tests.raw_sockets import open_websocket, read_frame, text_frame
from tests.waiting import eventually

End = Callable[[Polling, str], Awaitable[Any]]

pytestmark = pytest.mark.usefixtures("no_traceback")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The tables are the process's own."""
    return sqlite_url


class Held:
    """`session`, held until `let_go`; `asked` tells that somebody waits in it."""

    def __init__(self, desk: RunningDesk, monkeypatch: pytest.MonkeyPatch, *, fails: bool = False) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()
        session = desk.app.desk.identity.session

        async def held(*args: Any) -> Any:
            self.asked.set()
            await self.may.wait()
            if fails:
                raise RuntimeError("boom")
            return await session(*args)

        monkeypatch.setattr(desk.app.desk.identity, "session", held)

    async def let_go(self) -> None:
        self.may.set()
        await asyncio.sleep(0.05)


def remains(desk: RunningDesk) -> dict[str, Any]:
    """What the process holds of any session."""
    server = desk.app._realtime
    manager, admission = server.manager, server.eio.admission
    held = {
        "sessions": server.eio.sockets,
        "environ": server.environ,
        "rooms": manager.rooms,
        "connecting": manager.pending_connect,
        "leaving": manager.pending_disconnect,
        "counted": admission._open,
        "strangers": admission._strangers,
        "sockets": desk.app.desk.metrics.text().count(b"soporte_sockets 0.0") - 1,
    }
    return {name: value for name, value in held.items() if value}


async def opened(desk: RunningDesk) -> tuple[Polling, str]:
    """Ana's session, not let in yet."""
    ana = Polling(desk.app.settings.port, {"Cookie": desk.cookie("ana")})
    return ana, await ana.open()


async def overlap(ana: Polling, sid: str) -> None:
    await asyncio.gather(ana.get(sid), ana.get(sid))


ENDS: dict[str, End] = {
    "closes": lambda ana, sid: ana.post(sid, "1"),
    "leaves the namespace": lambda ana, sid: ana.post(sid, "41"),
    "leaves and closes": lambda ana, sid: ana.post(sid, "41", "1"),
    "says nonsense": lambda ana, sid: ana.post(sid, "9"),
    "sends no packet": lambda ana, sid: ana.post(sid, ""),
    "polls twice at once": overlap,
    "floods": lambda ana, sid: ana.post(sid, *["3"] * 2000),
}


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("end", ENDS)
async def test_who_ends_by_polling_while_being_let_in_leaves_nothing(
    desk: RunningDesk, end: str, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime_server, "SILENT_SECONDS", 1.0)
    tasks = asyncio.all_tasks()
    held = Held(desk, monkeypatch, fails=fails)
    ana, sid = await opened(desk)
    entering = asyncio.create_task(ana.post(sid, "40"))
    await held.asked.wait()
    await ENDS[end](ana, sid)
    await held.let_go()
    await entering
    await eventually(lambda: not remains(desk), 8)
    await eventually(lambda: len(asyncio.all_tasks() - tasks) == 0, 8)


@pytest.mark.parametrize("how", ["reset", "closing frame", "close packet", "nonsense"])
async def test_who_ends_by_websocket_while_being_let_in_leaves_nothing(
    desk: RunningDesk, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = asyncio.all_tasks()
    held = Held(desk, monkeypatch)
    connection, _ = await asyncio.to_thread(open_websocket, desk.app.settings.port, Cookie=desk.cookie("ana"))
    await asyncio.to_thread(read_frame, connection)
    connection.sendall(text_frame("40"))
    await held.asked.wait()
    said = {
        "closing frame": b"\x88\x80\0\0\0\0",
        "close packet": text_frame("1"),
        "nonsense": text_frame("9"),
    }
    connection.sendall(said.get(how, b""))
    if how != "nonsense":
        connection.close()
    await asyncio.sleep(0.05)
    await held.let_go()
    await eventually(lambda: not remains(desk), 5)
    connection.close()
    await eventually(lambda: len(asyncio.all_tasks() - tasks) == 0, 5)


async def test_the_end_of_the_process_finds_nobody_half_in(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(desk, monkeypatch)
    ana, sid = await opened(desk)
    entering = asyncio.create_task(ana.post(sid, "40"))
    await held.asked.wait()
    await desk.app.drain(0.2)
    await held.let_go()
    await entering
    await eventually(lambda: not remains(desk), 8)


async def test_who_was_refused_or_has_left_is_not_kept(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime_server, "SILENT_SECONDS", 1.0)
    ana, stranger = (
        Polling(desk.app.settings.port, {"Cookie": desk.cookie("ana")}),
        Polling(desk.app.settings.port),
    )
    sid, sent_away, other = await ana.enter(), await ana.enter(), await stranger.open()
    await ana.post(sid, "41")
    server = desk.app._realtime
    await server.disconnect(server.manager.sid_from_eio_sid(sent_away, "/"))
    await stranger.post(other, "40")
    await eventually(lambda: not remains(desk), 8)


async def test_who_stays_is_let_in_once_however_often_they_ask(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(desk, monkeypatch)
    ana, sid = await opened(desk)
    entering = [asyncio.create_task(ana.post(sid, "40")) for _ in range(3)]
    await held.asked.wait()
    await asyncio.sleep(0.1)
    await held.let_go()
    await asyncio.gather(*entering)
    assert [packet[:2] for packet in (await ana.get(sid)).text.split("\x1e")].count("40") == 1
    assert len(desk.app._realtime.manager.rooms["/"]["user:ana"]) == 1
    await ana.post(sid, "1")
    await eventually(lambda: not remains(desk), 8)
