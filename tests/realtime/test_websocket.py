"""A WebSocket of a session: one write a turn, in order, at the pace of its client, and one goodbye."""

import asyncio
import json
from typing import Any

import pytest
from engineio import packet as engine
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from supportapp import tcp
from supportapp.protocol import text_in
from supportapp.realtime.outgoing import Acknowledgement, Outgoing, frame_of
from supportapp.realtime.websocket import FRAMES, WebSocket
from supportapp.store.messages import select_messages_after
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
    write = tcp.TCPConnection.write
    monkeypatch.setattr(
        tcp.TCPConnection, "write", lambda self, data: writes.append(data) or write(self, data)
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


@given(
    st.text(max_size=300),
    st.binary(min_size=4, max_size=4),
    st.sampled_from([0x81, 0x01, 0x80, 0x82, 0x88, 0x89, 0xC1]),
    st.sampled_from(["", "more", "less", "unmasked", "long", "longest", "no text"]),
)
def test_a_whole_text_is_read_as_the_library_reads_it_and_nothing_else_is(
    text: str, key: bytes, first: int, wrong: str
) -> None:
    data = text.encode() if wrong != "no text" else text.encode() + b"\xff"
    if wrong == "longest":
        head = bytes([first, 0xFF]) + len(data).to_bytes(8)
    elif len(data) > 125 or wrong == "long":
        head = bytes([first, 0xFE]) + len(data).to_bytes(2)
    else:
        head = bytes([first, 0x80 | len(data)])
    payload = bytes(byte ^ key[place % 4] for place, byte in enumerate(data))
    frame = head + key + payload
    frame = {
        "more": frame + b"\x81",
        "less": frame[:-1],
        "unmasked": head[:1] + bytes([len(data) & 0x7F]) + data,
    }.get(wrong, frame)
    said = text_in(frame)
    if not wrong and first == 0x81:
        assert said == text
    if said is not None:
        connection = Connection(ConnectionType.SERVER)
        connection.receive_data(frame)
        assert list(connection.events()) == [TextMessage(data=said)]


async def test_whole_messages_and_those_in_pieces_are_heard_in_their_order(desk: RunningDesk) -> None:
    """Pieces of a frame, of a message, and several frames at once, among whole ones."""
    socket, _ = await asyncio.to_thread(open_websocket, desk.app.settings.port, Cookie=desk.cookie("ana"))
    with socket:
        texts = [
            f'42{number}["mensaje_privado",{{"para":"admin","mensaje":"uno {number}"}}]'
            for number in range(8)
        ]
        frames = [text_frame(text) for text in texts]
        begin, end = text_frame(texts[3][:9], opcode=0x01), text_frame(texts[3][9:], opcode=0x80)
        pieces = [
            text_frame("40"), frames[0], frames[1][:7], frames[1][7:], frames[2], begin, end, frames[4],
            frames[5] + frames[6][:3], frames[6][3:] + text_frame("", opcode=0x89), frames[7],
        ]  # fmt: skip
        for piece in pieces:
            await asyncio.to_thread(socket.sendall, piece)
            await asyncio.sleep(0.03)
        socket.settimeout(5)
        heard: list[str] = []
        while len(heard) < len(texts):
            opcode, payload = await asyncio.to_thread(read_frame, socket)
            if opcode == 1 and payload.startswith(b"43"):
                heard.append(payload[2 : payload.index(b"[")].decode())
        assert heard == [str(number) for number in range(8)]
    rows = await select_messages_after(desk.app.desk.database, "ana", 0, 20)
    assert [row.mensaje for row in rows] == [f"uno {number}" for number in range(8)]
