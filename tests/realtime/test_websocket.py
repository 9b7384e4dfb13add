"""A WebSocket of a session: one write a turn, in order, at the pace of its client, and one goodbye."""

import asyncio
import json
from typing import Any

import pytest
from engineio import packet as engine
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from supportapp import connection
from supportapp.realtime.outgoing import Acknowledgement, Outgoing, frame_of
from supportapp.realtime.websocket import FRAMES, WebSocket
from tests.clients.running import RunningDesk
from tests.raw_sockets import open_websocket, read_frame, text_frame


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is written does not depend on where it is kept."""
    return sqlite_url


class Client:
    """Stands for whoever is at the other end: `writes` are the texts of each write, `slow` until it is told otherwise."""

    def __init__(self, *, frames: bool = True, slow: bool = False) -> None:
        self.writes: list[list[str]] = []
        self.goodbyes = 0
        self._taken = asyncio.Event()
        self.slow = slow
        self.queue = Outgoing()
        extensions = {FRAMES: self} if frames else {}
        environ = {"asgi.receive": None, "asgi.send": self._send, "asgi.scope": {"extensions": extensions}}
        self.socket = WebSocket(environ, self.queue)

    def write(self, frames: bytes) -> bool:
        self.writes.append(texts_in(frames))
        return not self.slow

    async def taken(self) -> None:
        if self.slow:
            await self._taken.wait()
            self._taken.clear()

    def take(self) -> None:
        self._taken.set()

    def say(self, *texts: str) -> None:
        for text in texts:
            self.queue.put(engine.Packet(engine.MESSAGE, text))

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.goodbyes += 1
        else:
            self.writes.append([message["text"]])


def texts_in(frames: bytes) -> list[str]:
    """As any client reads them."""
    reader = Connection(ConnectionType.CLIENT)
    reader.receive_data(frames)
    return [event.data for event in reader.events() if isinstance(event, TextMessage)]


async def a_turn() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 65_534, 65_535, 65_536, 100_000])
def test_a_frame_is_made_once_for_all_and_every_client_can_read_it(size: int) -> None:
    packet = engine.Packet(engine.MESSAGE, "x" * size)
    assert "".join(texts_in(frame_of(packet))) == "4" + "x" * size
    assert frame_of(packet) is frame_of(packet)


async def test_what_is_ready_in_one_turn_leaves_in_one_write() -> None:
    client = Client()
    client.socket.carry()
    client.say("one", "dos", "🙂")
    assert client.writes == []
    await a_turn()
    client.say("four")
    await a_turn()
    assert client.writes == [["4one", "4dos", "4🙂"], ["4four"]]


async def test_another_server_is_given_texts_one_by_one() -> None:
    client = Client(frames=False)
    client.socket.carry()
    client.say("one", "two")
    await a_turn()
    client.say("three")
    await client.socket.close()
    assert (client.writes, client.goodbyes) == ([["4one"], ["4two"], ["4three"]], 1)


async def test_who_takes_its_time_is_waited_for_and_what_it_has_not_taken_is_counted() -> None:
    client, done = Client(slow=True), []
    client.socket.carry()
    client.queue.put(Acknowledgement("first", lambda: done.append("first")))
    await a_turn()
    client.say("second")
    client.queue.put(Acknowledgement("third", lambda: done.append("third")))
    await a_turn()
    assert (client.writes, done) == ([["4first"]], [])
    assert client.queue.held == len(b"..4first..4second..4third")
    client.take()
    await a_turn()
    assert (client.writes, done) == ([["4first"], ["4second", "4third"]], ["first"])
    client.slow = False
    client.take()
    await a_turn()
    client.say("fourth")
    await a_turn()
    assert (client.writes[2:], done, client.queue.held) == ([["4fourth"]], ["first", "third"], 0)


@pytest.mark.parametrize("slow", [True, False])
async def test_the_goodbye_is_said_once_and_last(slow: bool) -> None:
    client = Client(slow=slow)
    client.socket.carry()
    client.say("one")
    client.queue.end()
    await a_turn()
    assert client.goodbyes == (0 if slow else 1)
    client.say("late")
    client.slow = False
    client.take()
    await client.socket.close()
    await a_turn()
    assert (client.writes[0], client.goodbyes) == (["4one"], 1)


async def test_pipelined_messages_are_acknowledged_together(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[bytes] = []
    write = connection.Connection.write
    monkeypatch.setattr(
        connection.Connection, "write", lambda self, data: writes.append(data) or write(self, data)
    )

    def talk() -> list[str]:
        ana, _ = open_websocket(desk.app.settings.port, Cookie=desk.cookie("ana"))
        with ana:
            ana.sendall(text_frame("40"))
            read_frame(ana), read_frame(ana)
            writes.clear()
            said = [json.dumps(["mensaje_privado", {"para": "admin", "mensaje": str(n)}]) for n in range(60)]
            ana.sendall(b"".join(text_frame(f"42{n}{text}") for n, text in enumerate(said)))
            return [read_frame(ana)[1].decode() for _ in range(120)]

    heard = await asyncio.to_thread(talk)
    acknowledged = [int(text[2:].partition("[")[0]) for text in heard if text.startswith("43")]
    shown = [json.loads(text[2:])[1]["mensaje"] for text in heard if text.startswith("42")]
    assert acknowledged == list(range(60))
    assert shown == [str(n) for n in range(60)]
    assert 0 < len(writes) < 30
