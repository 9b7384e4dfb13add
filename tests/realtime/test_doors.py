"""The Socket.IO door has one way in, and a session answers only to the person who opened it."""

import asyncio
import time

import pytest

from tests.clients.people import token
from tests.clients.polling import HANDSHAKE, Polling
from tests.clients.running import RunningDesk
from tests.raw_sockets import http, open_websocket

OWN = [None, "same-origin", "none"]
FOREIGN = ["cross-site", "same-site", "", "same-origin, cross-site"]

pytestmark = pytest.mark.usefixtures("no_traceback")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The door is the same before each database."""
    return sqlite_url


def polling(desk: RunningDesk, usuario: str | None = None) -> Polling:
    return Polling(desk.app.settings.port, {"Cookie": desk.cookie(usuario)} if usuario else {})


@pytest.mark.parametrize("thief", [None, "luis", "marta"])
async def test_a_sid_is_nothing_without_the_person_who_opened_it(
    desk: RunningDesk, thief: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    ana, other = polling(desk, "ana"), polling(desk, thief)
    sid = await ana.enter()
    waiting = asyncio.create_task(ana.get(sid))
    await asyncio.sleep(0.1)
    for reply in (
        await other.post(sid, '421["sincronizar",{}]'),
        await other.get(sid),
        await other.post(sid, "1"),
        await other.post(sid, "nonsense"),
    ):
        assert (reply.status, reply.text) == (400, '"Invalid session"')
    connection, head = await asyncio.to_thread(
        open_websocket, other.port, f"/socket.io/?EIO=4&transport=websocket&sid={sid}", **other.headers
    )
    connection.close()
    assert " 400 " in head
    await (await desk.enter("marta")).send("ana", "sigue siendo de Ana")
    assert "sigue siendo de Ana" in (await waiting).text
    assert sid not in "".join(capfd.readouterr())


async def test_a_session_goes_on_with_a_renewed_cookie_and_not_with_an_expired_one(desk: RunningDesk) -> None:
    ana = polling(desk, "ana")
    sid = await ana.enter()
    secret = desk.app.settings.jwt_secret.get_secret_value()
    renewed, expired = token(secret, "ana", iat=time.time()), token(secret, "ana", exp=int(time.time()) - 1)
    assert (await ana.post(sid, "3", Cookie=f"token={renewed}")).status == 200
    assert (await ana.post(sid, "3", Cookie=f"token=x; token={renewed}")).status == 200
    assert (await ana.post(sid, "3", Cookie=f"token={expired}")).status == 400


async def test_a_strangers_session_is_nobody_elses(desk: RunningDesk) -> None:
    sid = await polling(desk).open()
    assert (await polling(desk, "ana").post(sid, "40")).status == 400
    assert (await polling(desk).post(sid, "40")).status == 200
    assert "No autenticado" in (await polling(desk).get(sid)).text


@pytest.mark.parametrize("j", ["j=0", "j=", "j", "j=x", "%6a=1"])
async def test_no_script_of_another_site_reads_an_answer(desk: RunningDesk, j: str) -> None:
    ana = polling(desk, "ana")
    sid = await ana.enter()
    for reply in (
        await ana.ask("GET", f"{HANDSHAKE}&{j}"),
        await ana.ask("GET", f"{HANDSHAKE}&sid={sid}&{j}"),
        await ana.ask("POST", f"{HANDSHAKE}&sid={sid}&{j}", "40"),
        await ana.post(sid, "d=40"),
    ):
        assert reply.status == 400
        assert "eio" not in reply.text


@pytest.mark.parametrize("site", OWN + FOREIGN)
async def test_only_our_own_pages_ask(desk: RunningDesk, site: str | None) -> None:
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    ana = polling(desk, "ana")
    sid = await ana.enter()
    ours = site in OWN
    assert (await ana.ask("GET", HANDSHAKE, **headers)).status == (200 if ours else 403)
    assert (await ana.post(sid, "3", **headers)).status == (200 if ours else 403)
    connection, head = await asyncio.to_thread(open_websocket, ana.port, **ana.headers, **headers)
    connection.close()
    assert (" 101 " if ours else " 403 ") in head


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/socket.io", True),
        ("/socket.io/", True),
        ("/socket%2eio/", True),
        ("/%73ocket.io", True),
        ("//socket.io/", False),
        ("/socket.io/x", False),
        ("/socket.io//", False),
        ("/SOCKET.IO/", False),
        ("/socket.io/../socket.io/", False),
        ("/", False),
        ("/soporte", False),
        ("/static/js/live.js", False),
    ],
)
async def test_every_spelling_is_the_guarded_door_or_none(
    desk: RunningDesk, path: str, door: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = polling(desk, "ana")
    sid = await ana.enter()
    query = f"{path}?EIO=4&transport="
    connection, head = await asyncio.to_thread(
        open_websocket, ana.port, f"{query}websocket", Cookie=desk.cookie("ana")
    )
    with connection:
        assert (" 101 " if door else " 404 ") in head
        if door:
            connection.sendall(b"\x82\x81\0\0\0\0\x04")  # a binary frame
            assert await asyncio.to_thread(until_closed, connection)
    assert "___eio" not in (await ana.ask("GET", f"{query}polling&j=0")).text
    assert (await ana.ask("POST", f"{query}polling&sid={sid}", "9")).status in {400, 404, 405}
    out = "".join(capfd.readouterr())
    assert "Traceback" not in out
    assert out.count("a WebSocket where there is none") == (0 if door else 1)


async def test_every_answer_carries_the_houses_headers(desk: RunningDesk) -> None:
    ana = polling(desk, "ana")
    sid = await ana.enter()
    for reply in (
        await ana.ask("GET", HANDSHAKE),
        await ana.post(sid, "3"),
        await ana.ask("GET", HANDSHAKE, Origin="https://evil.example"),
        await ana.ask("GET", HANDSHAKE, **{"Sec-Fetch-Site": "cross-site"}),
        await ana.ask("PUT", HANDSHAKE),
        await ana.ask("OPTIONS", HANDSHAKE),
        await ana.get("unknown"),
        await ana.post(sid, "x" * 70_000),
    ):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "lines",
    [
        "Upgrade: websocket\nConnection: Upgrade\nConnection: keep-alive",
        "Upgrade: websocket\nUpgrade: x\nConnection: Upgrade",
    ],
)
async def test_headers_that_come_twice_confuse_nobody(
    desk: RunningDesk, lines: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ana = polling(desk, "ana")
    sid = await ana.open()
    head = f"Host: x\nCookie: {desk.cookie('ana')}\n{lines}\n\n"
    for path in (HANDSHAKE, f"{HANDSHAKE}&sid={sid}"):
        connection, _ = await asyncio.to_thread(http, ana.port, f"GET {path} HTTP/1.1\n{head}")
        connection.close()
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_a_poll_beside_a_poll_ends_the_session(desk: RunningDesk) -> None:
    ana = polling(desk, "ana")
    sid = await ana.enter()
    first = asyncio.create_task(ana.get(sid))
    await asyncio.sleep(0.1)
    assert (await ana.get(sid)).status == 400
    assert (await first).text == ""
    assert sid not in desk.app._realtime.eio.sockets


async def test_a_backlog_in_one_body_is_taken_whole(desk: RunningDesk) -> None:
    ana, marta = polling(desk, "ana"), await desk.enter("marta")
    sid = await ana.enter()
    packets = [f'42["mensaje_privado",{{"para":"admin","mensaje":"{n}"}}]' for n in range(100)]
    assert (await ana.post(sid, *packets)).status == 200
    heard = await marta.wait_for("mensaje_recibido", 100, timeout=15)
    assert [message["mensaje"] for message in heard] == [str(n) for n in range(100)]


def until_closed(connection) -> bool:  # type: ignore[no-untyped-def]
    """Whether the other side ends the connection, or says that it will, within a moment."""
    connection.settimeout(4)
    try:
        while data := connection.recv(4096):
            if b"\x88" in data:
                return True
    except TimeoutError:
        return False
    except OSError:
        return True
    return True
