"""Whatever bytes come through the door, the server goes on with the session or cuts it, and has nothing to say but a line."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportapp.realtime import server as realtime_server
from supportapp.realtime.frames import MAX_FRAME, is_payload
from tests.clients.people import Person
from tests.clients.polling import HANDSHAKE
from tests.clients.running import RunningDesk
from tests.raw_sockets import open_websocket, read_frame, text_frame
from tests.waiting import eventually

WORSE = ["", "0", "1", "2", "2probe", "3", "4", "5", "6", "7", "8", "9", "b", "bAAAA", "b4", "4b", "40", "41", "42", "43", "44",
         "45", "46", "40{", "40[1]", '40{"a":1}', "40/x,", "41/x,", '42["nada"]', '42["connect",{}]', "42[]", "42[[]]",
         "4" + "[" * 20_000, "42" + "[" * 20_000, "4" + '{"a":' * 10_000, "4²", "²", "4" + "9" * 5000, "42" + "9" * 5000 + '["x"]',
         '451-["x",{"_placeholder":true,"num":0}]', "4null", "4true", "4NaN", "4\x00", "\ufeff40", "４0", "é", "🙂", "\x1e", "4\x1e",
         '42["mensaje_privado",{"para":"admin","mensaje":NaN}]', '42["leido",{"con":{},"hasta":1e400}]', "d=40", "d="]  # fmt: skip
SAID = st.one_of(
    st.sampled_from(WORSE),
    st.tuples(st.sampled_from(WORSE), st.text(max_size=20)).map("".join),
    st.text(max_size=40),
)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

pytestmark = pytest.mark.usefixtures("no_traceback")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Frames come before any database."""
    return sqlite_url


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says nothing that counts is soon cut."""
    monkeypatch.setattr(realtime_server, "SILENT_SECONDS", 1.5)


async def holds(desk: RunningDesk, play: Callable[[], None], capfd: pytest.CaptureFixture[str]) -> None:
    """After `play` nothing was said but lines, nothing is half open, and Ana and Marta are served."""
    await asyncio.to_thread(play)
    eio = desk.app._realtime.eio
    await eventually(lambda: not eio.sockets, 8)
    assert not desk.app._realtime.manager.rooms
    out = "".join(capfd.readouterr())
    assert "Traceback" not in out
    assert "[error" not in out
    ana, marta = await desk.enter("ana"), await desk.enter("marta")
    assert (await ana.send("admin", "hola"))["ok"]
    assert (await marta.wait_for("mensaje_recibido", timeout=15))[0]["mensaje"] == "hola"


@pytest.mark.parametrize("greet", [True, False])
async def test_none_of_the_worst_frames_confuses_it(
    desk: RunningDesk, greet: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    port, cookie = desk.app.settings.port, desk.cookie("luis")

    def play() -> None:
        for said in WORSE:
            connection, _ = open_websocket(port, Cookie=cookie)
            with connection, contextlib.suppress(OSError):
                connection.sendall(text_frame("40") * greet + text_frame(said))

    await holds(desk, play, capfd)


async def test_no_websocket_frames_confuse_it(desk: RunningDesk, capfd: pytest.CaptureFixture[str]) -> None:
    port, cookie = desk.app.settings.port, desk.cookie("luis")

    @FEW
    @given(greet=st.booleans(), said=st.lists(SAID | st.binary(max_size=20), min_size=1, max_size=8))
    def play(greet: bool, said: list[str | bytes]) -> None:
        connection, _ = open_websocket(port, Cookie=cookie)
        with connection, contextlib.suppress(OSError):
            for frame in ["40"] * greet + said:
                connection.sendall(as_frame(frame))

    await holds(desk, play, capfd)


async def test_no_polling_bodies_confuse_it(desk: RunningDesk, capfd: pytest.CaptureFixture[str]) -> None:
    port, cookie = desk.app.settings.port, desk.cookie("luis")

    @FEW
    @given(bodies=st.lists(st.binary(max_size=30) | st.lists(SAID, max_size=5), min_size=1, max_size=4))
    def play(bodies: list[bytes | list[str]]) -> None:
        sid = ask(port, cookie, "GET", HANDSHAKE)[1].partition('"sid":"')[2].partition('"')[0]
        for packets in bodies:
            body = packets if isinstance(packets, bytes) else "\x1e".join(packets).encode()
            status, _ = ask(port, cookie, "POST", f"{HANDSHAKE}&sid={sid}", body)
            assert status in {200, 400, 413}
        ask(port, cookie, "POST", f"{HANDSHAKE}&sid={sid}", b"1")

    await holds(desk, play, capfd)


@pytest.mark.parametrize(
    "probes",
    [[], ["9"], ["40"], ["2probe"], ["2probe", "5"], ["2probe", "9"], ["2probe", "40"], ["5"], ["2"]],
)
async def test_an_upgrade_that_goes_wrong_leaves_the_session_whole_or_none(
    desk: RunningDesk, probes: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    port, cookie = desk.app.settings.port, desk.cookie("luis")

    def play() -> None:
        sid = ask(port, cookie, "GET", HANDSHAKE)[1].partition('"sid":"')[2].partition('"')[0]
        path = f"/socket.io/?EIO=4&transport=websocket&sid={sid}"
        first, head = open_websocket(port, path, Cookie=cookie)
        assert " 101 " in head
        second, head = open_websocket(port, path, Cookie=cookie)  # one at a time
        assert " 101 " not in head
        with first, second, contextlib.suppress(OSError):
            for probe in probes:
                first.sendall(text_frame(probe))
                if probe == "2probe":
                    assert read_frame(first)[1] == b"3probe"
        status, _ = ask(port, cookie, "POST", f"{HANDSHAKE}&sid={sid}", b"1")
        assert status == (400 if probes == ["2probe", "5"] else 200)

    await holds(desk, play, capfd)


@pytest.mark.parametrize("text", [text for text in WORSE if text[:1] not in {"1", "3", "4"}])
def test_what_is_no_packet_is_no_body(text: str) -> None:
    assert not is_payload(text.encode())
    assert not is_payload(b"40\x1e" + text.encode())


def test_the_largest_honest_message_is_a_body() -> None:
    body = b'42["mensaje_privado",{"mensaje":"' + b"\\ud83d\\ude42" * 2000 + b'"}]'
    assert is_payload(body)
    assert len(body) < MAX_FRAME


async def test_a_reference_client_upgrades_in_the_midst_of_talking(desk: RunningDesk) -> None:
    ana: Person = await desk.enter("ana", transports=["polling", "websocket"])
    marta = await desk.enter("marta")
    for number in range(30):
        await ana.emit("mensaje_privado", {"para": "admin", "mensaje": str(number)})
    heard = await marta.wait_for("mensaje_recibido", 30, timeout=15)
    assert [message["mensaje"] for message in heard] == [str(number) for number in range(30)]
    (session,) = [one for one in desk.app._realtime.eio.sockets.values() if one.caller.person == "ana"]
    await eventually(lambda: session.upgraded)


def as_frame(said: str | bytes) -> bytes:
    if isinstance(said, bytes):
        return bytes([0x82, 0x80 | len(said)]) + b"\0\0\0\0" + said
    return text_frame(said)


def ask(port: int, cookie: str, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(HTTPException, socket.timeout):
        connection.request(method, path, body, {"Cookie": cookie, "Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    return 0, ""
