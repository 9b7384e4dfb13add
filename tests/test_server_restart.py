"""A restart as people meet it: real clients come back by themselves; and the chat under somebody else's runner."""

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.clients.driver import Driver
from tests.clients.fixtures import driver
from tests.clients.people import Person, token
from tests.processes import SECRET, Running, serve, sqlite_settings, supportapp
from tests.raw_sockets import open_websocket, read_frame, text_frame

__all__ = ["driver"]


async def enter(driver: Driver, url: str, **options: object) -> Person:
    """The account `admin` with a client that comes back by itself, as the page's does."""
    person = Person(driver, "admin")
    headers = {"Cookie": f"token={token(SECRET, 'admin', 'admin', iat=time.time() + 1)}"}
    back = {"reconnection": True, "reconnectionDelay": 100, "reconnectionDelayMax": 300, **options}
    result = await driver.do("connect", socket=person.socket, url=url, headers=headers, options=back)
    assert result["ok"], result
    return person


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_clients_come_back_by_themselves_after_a_restart(
    transport: str, driver: Driver, tmp_path: Path
) -> None:
    env = sqlite_settings(tmp_path)
    try:
        with serve(env) as chat:
            chat.wait_until_it_answers()
            marta = await enter(driver, chat.url, transports=[transport])
            supportapp(
                "create-user",
                "ana",
                "--nombre",
                "Ana",
                "--rol",
                "user",
                "--password-stdin",
                env=env,
                stdin="correcta-1234",
            )
            assert (await marta.send("ana", "antes"))["ok"]
            assert chat.stop() <= 2.0
            assert chat.process.returncode == 0
        (reason,) = await marta.wait_for("disconnect")
        assert reason in {
            "transport close",
            "transport error",
        }  # not "io server disconnect": that would be for ever
        with serve(env) as chat:
            chat.wait_until_it_answers()
            await marta.wait_for("connect", 2, timeout=10)
            assert (await marta.send("ana", "después"))["ok"]
    finally:
        await driver.forget()


def test_it_works_under_the_command_line_of_hypercorn(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path)
    assert supportapp("migrate", env=env).returncode == 0
    bind = f"127.0.0.1:{env['PORT']}"
    command = [sys.executable, "-m", "hypercorn", "--bind", bind, "supportapp.asgi:create_app()"]
    with Running(command, int(env["PORT"]), env) as chat:
        chat.wait_until_it_answers("/readyz")
        client, head = open_websocket(chat.port, Cookie=f"token={token(SECRET, 'admin', 'admin')}")
        with client:
            assert head.startswith("HTTP/1.1 101")
            client.sendall(text_frame("40"))
            assert [read_frame(client)[1][:1], read_frame(client)[1][:2]] == [b"0", b"40"]
        chat.stop(signal.SIGINT)
