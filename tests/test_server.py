"""The runner: it ends within two seconds whatever is open, fails aloud, and takes no liberties with its clients."""

import contextlib
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypercorn.protocol.ws_stream import FrameTooLargeError
from wsproto.events import TextMessage

from supportapp.listener import USER_TIMEOUT_MS, listen
from supportapp.protocol import GOODBYE_SECONDS, BoundedBuffer
from tests.clients.people import token
from tests.processes import SECRET, Running, environment, free_port, serve, sqlite_settings, supportapp
from tests.raw_sockets import http, open_websocket, read_frame, text_frame

CLOSE = 8  # the opcode of a closing frame
HELLO = "GET / HTTP/1.1\nHost: x\n\n"


def plain(fault: str = "") -> Running:
    port = free_port()
    return Running(
        [sys.executable, "-W", "error", "-m", "tests.plain_app", str(port), fault], port, environment()
    )


@pytest.fixture
def running() -> Iterator[Running]:
    with plain() as process:
        yield process.wait_until_it_answers()


def test_500_open_sockets_do_not_hold_up_the_end(tmp_path: Path) -> None:
    with (
        serve(sqlite_settings(tmp_path, LOG_FORMAT="json", SOCKETS_PER_PERSON="500")) as chat,
        ExitStack() as closing,
    ):
        chat.wait_until_it_answers()
        cookie = f"token={token(SECRET, 'admin', 'admin', iat=time.time())}"
        sockets = []
        for _ in range(500):
            client, _ = open_websocket(chat.port, Cookie=cookie)
            sockets.append(closing.enter_context(client))
            client.sendall(text_frame("40"))  # at once: who says nothing for 5 s is cut
        for client in sockets:
            packets = [read_frame(client)[1], read_frame(client)[1]]
            assert [packets[0][:1], packets[1][:2]] == [b"0", b"40"]
        took = chat.stop(signal.SIGTERM)
        assert chat.process.returncode == 0, chat.output
        assert took <= 2.0
        assert "Traceback" not in chat.output
        assert chat.output.count('"event": "disconnected"') == 500  # the handlers ran


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_stuck_does_not_hold_up_the_end(running: Running, number: int) -> None:
    stuck = [
        open_websocket(running.port, "/")[0],
        http(running.port, "GET /slow HTTP/1.1\nHost: x\n\n")[0],
        http(running.port, "POST /slow HTTP/1.1\nHost: x\nContent-Length: 100\n\nhalf")[0],
        http(running.port, "GET / HT")[0],
        http(running.port, HELLO)[0],
        socket.create_connection(("127.0.0.1", running.port)),
    ]
    took = running.stop(number)
    assert (running.process.returncode, running.output) == (0, "ready\nleft: 1\n")
    assert took <= 2.0
    for client in stuck:
        client.close()


def test_more_signals_change_nothing_to_the_very_end(running: Running) -> None:
    while running.process.poll() is None:
        for number in (signal.SIGINT, signal.SIGTERM):
            running.process.send_signal(number)
        time.sleep(0.001)
    assert (running.process.returncode, running.output) == (0, "ready\nleft: 0\n")


def test_a_stop_during_the_start_is_obeyed() -> None:
    with plain("slow start") as process:
        process.wait_until_it_says("starting")
        took = process.stop()
        assert (process.process.returncode, process.output) == (0, "starting\n")
        assert took <= 2.0


def test_the_watchdog_ends_what_hangs() -> None:
    with plain("hanging drain") as process:
        process.wait_until_it_answers("/")
        took = process.stop()
        assert process.process.returncode == 1
        assert "Did not end within" in process.output
        assert took <= 2.0


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("start", "Cannot start: the cupboard is bare"),
        ("start, told by Quart", "Cannot start: the cupboard is bare"),
        ("bug", "Cannot start: KeyError('cupboard')"),
        ("slow start, impatient", "Cannot start: the application did not start in time"),
    ],
)
def test_a_failed_start_is_one_line_and_status_1(fault: str, line: str) -> None:
    with plain(fault) as process:
        process.process.wait(20)
        assert (process.process.returncode, process.output) == (1, f"{line}\n")


def test_a_port_in_use_is_one_line_and_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = supportapp("serve", env=sqlite_settings(tmp_path, PORT=port))
    assert result.returncode == 1
    what_to_do = "stop the other program or choose another PORT"
    assert result.stderr == f"Cannot listen on 127.0.0.1 port {port}: address already in use; {what_to_do}.\n"


def test_compression_is_refused(running: Running) -> None:
    client, head = open_websocket(
        running.port, "/", Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits"
    )
    assert head.startswith("HTTP/1.1 101")
    assert "extensions" not in head.lower()
    client.close()


def test_a_message_of_64_kib_passes_and_a_longer_one_closes_its_socket(running: Running) -> None:
    client, _ = open_websocket(running.port, "/")
    client.sendall(text_frame("a" * 65536))
    assert read_frame(client) == (1, b"65536")
    client.sendall(text_frame("a" * 65537))
    opcode, payload = read_frame(client)
    assert (opcode, payload[:2]) == (8, (1009).to_bytes(2, "big"))
    client.close()


def test_a_long_message_in_pieces_is_refused_too(running: Running) -> None:
    client, _ = open_websocket(running.port, "/")
    client.sendall(text_frame("a" * 40000, opcode=0x01) + text_frame("a" * 40000, opcode=0x00))
    assert read_frame(client)[0] == 8
    client.close()


def test_what_follows_a_refused_message_is_not_kept() -> None:
    buffer = BoundedBuffer(10)
    buffer.extend(TextMessage(data="12345678", message_finished=False))
    for piece in ("90123", "a", ""):
        with pytest.raises(FrameTooLargeError):
            buffer.extend(TextMessage(data=piece + "a", message_finished=False))
    assert buffer.value is not None
    assert buffer.value.getvalue() == "12345678"


def test_http_2_is_refused(running: Running) -> None:
    upgrade = "GET / HTTP/1.1\nHost: x\nUpgrade: h2c\nConnection: Upgrade, HTTP2-Settings\nHTTP2-Settings: AAMAAABkAAQAAP__\n\n"
    asked, answer = http(running.port, upgrade)
    assert answer.startswith("HTTP/1.1 200")
    assumed, answer = http(running.port, "PRI * HTTP/2.0\n\nSM\n\n")
    assert answer.startswith("HTTP/1.1 505")
    for client in (asked, assumed):
        client.close()


def test_answers_do_not_name_the_server(running: Running) -> None:
    client, answer = http(running.port, HELLO)
    assert "hypercorn" not in answer.lower()
    client.close()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux only")
@pytest.mark.parametrize("request_line", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_what_the_client_has_closed_is_closed(running: Running, request_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
        connection.sendall(request_line)
        assert not request_line or connection.recv(1)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def test_what_is_said_to_an_application_that_has_ended_holds_nobody(running: Running) -> None:
    client, _ = open_websocket(running.port, "/")
    client.sendall(text_frame("enough") + 100 * text_frame("and more"))
    assert read_frame(client)[0] == CLOSE
    assert is_over(client)
    client, head = http(
        running.port, f"POST /late HTTP/1.1\nHost: x\nContent-Length: 1000000\n\n{'a' * 999_999}"
    )
    assert head.startswith("HTTP/1.1 200")
    assert is_over(client)


def is_over(client: socket.socket) -> bool:
    """Whether the other side closes within the socket's timeout."""
    with client, contextlib.suppress(ConnectionError):
        while client.recv(65536):
            pass
    return True


def test_a_client_that_never_answers_the_closing_frame_is_left(running: Running) -> None:
    client, _ = open_websocket(running.port, "/")
    client.sendall(text_frame("bye"))
    assert read_frame(client) == (1, b"3")
    assert read_frame(client)[0] == CLOSE
    begun = time.monotonic()
    assert client.recv(1) == b""
    assert time.monotonic() - begun < GOODBYE_SECONDS + 1
    client.close()


def test_a_client_that_stops_reading_is_given_up() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()) as client:
        accepted, _ = listener.accept()
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == USER_TIMEOUT_MS
        accepted.close()
        assert client.recv(1) == b""
