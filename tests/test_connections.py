"""Nobody holds what others need: connections that wait for their client end, and there is room for whoever comes next."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from supportapp.places import Places
from tests.clients.people import token
from tests.processes import SECRET, Running, environment, free_port, sqlite_settings
from tests.raw_sockets import open_websocket, read_frame, text_frame

HELLO = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
IDLE = 3
"""Sockets of a server without clients: the one that listens, and the loop's own pair."""
POST = b"POST /body HTTP/1.1\r\nHost: x\r\n"
LENGTH, CHUNKED = b"Content-Length: 5000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"
# What the stranger says first, and then again and again. The server's times: head 1 s, body 1.5 s, closing 0.5 s.
STRANGERS = {
    "nothing": (b"", b""),
    "half a request line": (b"GET /log", b""),
    "a head without end": (b"GET / HTTP/1.1\r\nHost: x\r\nX-a: ", b"a"),
    "a second head without end": (HELLO + b"GET / HTTP/1.1\r\nX-a: ", b"a"),
    "a body that never comes": (POST + LENGTH, b""),
    "a body without end": (POST + LENGTH, b"a"),
    "a body in chunks without end": (POST + CHUNKED, b"1\r\na\r\n"),
    "a body that nobody reads": (b"POST /long HTTP/1.1\r\nHost: x\r\n" + LENGTH, b"a"),
    "no request at all, then more": (b"\x16\x03\x01\r\n\r\n", b"x"),
    "no host, then silence": (b"GET / HTTP/1.1\r\n\r\n", b""),
    "no host, then more": (b"GET / HTTP/1.1\r\n\r\n", b"x"),
    "a head too long": (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, b"x"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"x"),
    "goodbye, then more": (HELLO.replace(b"Host", b"Connection: close\r\nHost"), b"x"),
    "an old WebSocket": (SHAKE.replace(b"Version: 13", b"Version: 12"), b""),
    "a WebSocket without key": (SHAKE.replace(b"Sec-WebSocket-Key", b"X-Key"), b"x"),
    "a WebSocket that does not wait": (SHAKE + b"\x81", b""),
    "a WebSocket that does not wait, and more": (SHAKE + b"\x81", b"x"),
}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    port = free_port()
    with Running(
        [sys.executable, "-m", "tests.plain_app", str(port), "impatient"], port, environment()
    ) as process:
        process.wait_until_it_answers("/")
        process.wait_until(lambda: sockets_of(process) == IDLE, timeout=5)
        yield process


def test_no_stranger_holds_a_connection(running: Running) -> None:
    with ExitStack() as closing:
        held = {name: closing.enter_context(connect(running)) for name in STRANGERS}
        for name, stranger in held.items():
            stranger.sendall(STRANGERS[name][0])
        end = time.monotonic() + 5
        while held and time.monotonic() < end:
            time.sleep(0.1)
            held = {
                name: stranger for name, stranger in held.items() if not is_left(stranger, STRANGERS[name][1])
            }
        assert not held
        running.wait_until(lambda: sockets_of(running) == IDLE, timeout=2)  # nor is any left half-closed


def test_who_is_honest_is_not_hurried(running: Running) -> None:
    with connect(running) as slow, connect(running) as patient, connect(running) as idle:
        talking, _ = open_websocket(running.port, "/")
        patient.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        idle.sendall(HELLO)
        slow.sendall(POST + b"Content-Length: 3\r\n\r\n")
        for letter in (b"a", b"b", b"c"):
            time.sleep(0.3)
            slow.sendall(letter)
        assert answered(slow)
        assert answered(idle)
        time.sleep(1.7)
        idle.sendall(HELLO)
        assert answered(idle)
        assert answered(patient)
        talking.sendall(text_frame("hola"))
        assert read_frame(talking) == (1, b"4")
        talking.close()


@pytest.mark.parametrize("pause", [None, 0.1])
def test_who_does_not_read_an_answer_is_left(running: Running, pause: float | None) -> None:
    with connect(running) as reader:
        reader.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")

        def left() -> bool:
            if pause:
                time.sleep(pause)
                reader.recv(1)
            return sockets_of(running) == IDLE

        running.wait_until(lambda: sockets_of(running) == IDLE + 1, timeout=1)
        running.wait_until(left, timeout=5)


def test_who_reads_slowly_gets_everything(running: Running) -> None:
    with connect(running, timeout=2) as reader:
        reader.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        size, paused = 0, 0
        while part := reader.recv(65536):
            size += len(part)
            if size > 1_000_000 * (paused + 1):
                paused += 1
                time.sleep(0.1)
    assert size > 8_000_000


AMBIGUOUS = {
    "two kinds of length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "the same the other way": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nabcd",
    "two lengths in one": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 40\r\n\r\nabcd",
    "a signed length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
    "two codings": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a signed chunk": b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
    "a bare line feed in a chunk": b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "a version of its own": b"GET / HTTP/1.9\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_another_would_read_differently_is_refused_with_all_that_follows(
    running: Running, name: str
) -> None:
    with connect(running, timeout=2) as smuggler:
        smuggler.sendall(AMBIGUOUS[name] + HELLO)
        said = b""
        while part := smuggler.recv(65536):
            said += part
    assert said.count(b"HTTP/1.1 ") == 1
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501", b"HTTP/1.1 505"))


def test_idle_connections_make_room_and_those_inside_go_on(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, LOG_FORMAT="json")
    command = ["sh", "-c", f"ulimit -n 256; exec {sys.executable} -m supportapp serve"]
    with Running(command, int(env["PORT"]), env) as chat, ExitStack() as closing:
        chat.wait_until_it_answers()
        cookie = f"token={token(SECRET, 'admin', 'admin', iat=time.time() + 1)}"
        marta, _ = open_websocket(chat.port, Cookie=cookie)
        closing.enter_context(marta)
        marta.sendall(text_frame("40"))
        assert [read_frame(marta)[1][:1], read_frame(marta)[1][:2]] == [b"0", b"40"]
        for _ in range(300):
            closing.enter_context(connect(chat))
        assert chat.answers("/readyz")
        marta.sendall(text_frame('420["mensaje_privado",{"para":"nadie","mensaje":"sigo aquí"}]'))
        while not (heard := read_frame(marta)[1]).startswith(b"430"):
            assert heard
        assert chat.answers("/login")
        assert chat.output.count("near the limit") == 1
        assert "Traceback" not in chat.output


class Somebody:
    """A connection of `address`, as `Places` sees it."""

    def __init__(self, address: str = "192.0.2.1") -> None:
        self.address = address
        self.gone = False

    def cut(self) -> None:
        self.gone = True


def test_whoever_keeps_us_waiting_goes_first_and_the_oldest_of_them() -> None:
    places = Places(4)
    served, idle, silent, later = four = [Somebody() for _ in range(4)]
    assert all(places.take(one) for one in four)
    places.answering(served)
    places.idle(idle)
    places.owing(silent)
    places.owing(later)
    for goes in (silent, later, idle):
        newest = Somebody()
        assert not goes.gone
        assert places.take(newest)
        assert goes.gone
    assert not places.take(Somebody())
    assert not served.gone
    for _ in range(2):  # its end is told twice
        places.leave(newest)
    assert places.take(Somebody())
    assert not places.take(Somebody())


def test_an_address_has_a_share_and_this_machine_all_of_it() -> None:
    places = Places(100, per_address=10)
    of_one = [Somebody() for _ in range(10)]
    assert all(places.take(one) for one in of_one)
    assert not places.take(Somebody())
    assert places.take(Somebody("192.0.2.2"))
    places.idle(of_one[3])
    assert places.take(Somebody())
    assert of_one[3].gone
    for own in ("127.0.0.1", "::"):
        assert all(places.take(Somebody(own)) for _ in range(20))


def connect(running: Running, timeout: float = 5) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(timeout)
    client.connect(("127.0.0.1", running.port))
    return client


def is_left(stranger: socket.socket, again: bytes) -> bool:
    """Whether the server has closed; to somebody who goes on sending it is not enough that it says so."""
    stranger.settimeout(0.001)
    try:
        if again:
            stranger.sendall(again)
            return False
        while stranger.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def answered(client: socket.socket) -> bool:
    """Whether a whole answer comes."""
    said = b""
    while not said.endswith(b"hi"):
        said += client.recv(65536)
    return said.startswith(b"HTTP/1.1 200")


def sockets_of(running: Running) -> int:
    """How many sockets the server holds."""
    count = 0
    for link in Path(f"/proc/{running.process.pid}/fd").iterdir():
        with suppress(OSError):
            count += str(link.readlink()).startswith("socket:")
    return count
