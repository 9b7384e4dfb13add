"""A restart as people meet it: real clients come back by themselves, and what they said is kept."""

import asyncio
import json
import sqlite3
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.clients.driver import Driver
from tests.clients.fixtures import driver
from tests.clients.people import Person, token
from tests.faults.proxy import Proxy
from tests.processes import SECRET, serve, sqlite_settings, supportapp

__all__ = ["driver"]


async def enter(driver: Driver, url: str, **options: object) -> Person:
    """The account `admin` with a client that comes back by itself, as the page's does."""
    person = Person(driver, "admin")
    headers = {"Cookie": f"token={token(SECRET, 'admin', 'admin', iat=time.time() + 1)}"}
    back = {"reconnection": True, "reconnectionDelay": 100, "reconnectionDelayMax": 300, **options}
    result = await driver.do("connect", socket=person.socket, url=url, headers=headers, options=back)
    assert result["ok"], result
    return person


def stored_in(folder: Path) -> list[str]:
    """The texts of all messages, in their order."""
    with closing(sqlite3.connect(folder / "soporte.db")) as database:
        return [text for (text,) in database.execute("SELECT mensaje FROM mensajes ORDER BY id")]


def give_an_account(usuario: str, env: dict[str, str]) -> None:
    account = (usuario, "--nombre", usuario.title(), "--rol", "user", "--password-stdin")
    assert supportapp("create-user", *account, env=env, stdin="correcta-1234").returncode == 0


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_clients_come_back_by_themselves_after_a_restart(
    transport: str, driver: Driver, tmp_path: Path
) -> None:
    env = sqlite_settings(tmp_path)
    try:
        with serve(env) as chat:
            chat.wait_until_it_answers()
            marta = await enter(driver, chat.url, transports=[transport])
            give_an_account("ana", env)
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


async def test_what_is_on_its_way_when_the_server_leaves_is_stored(driver: Driver, tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path)
    try:
        with serve(env) as chat:
            chat.wait_until_it_answers()
            line = await Proxy(chat.port).start()
            line.delay = 0.12
            give_an_account("ana", env)
            marta = await enter(driver, f"http://127.0.0.1:{line.port}", transports=["websocket"])
            said = {"socket": marta.socket, "event": "mensaje_privado", "payload": {"para": "ana"}}
            talking = asyncio.create_task(driver.do("talk", **said, text="mensaje", every=10))
            await asyncio.sleep(0.5)
            took = await asyncio.to_thread(chat.stop)
            assert (chat.process.returncode, took <= 2.0) == (0, True), (took, chat.output)
            count = await talking
            await line.stop()
    finally:
        await driver.forget()
    assert stored_in(tmp_path) == [str(number) for number in range(1, count + 1)]
    assert count > 40


def test_whoever_polls_is_heard_out_too(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path)
    path = "/socket.io/?EIO=4&transport=polling"
    with serve(env) as chat, ExitStack() as cleaning:
        chat.wait_until_it_answers()
        give_an_account("ana", env)
        headers = {"Cookie": f"token={token(SECRET, 'admin', 'admin', iat=time.time() + 1)}"}
        listening, talking = (HTTPConnection("127.0.0.1", chat.port, timeout=5) for _ in range(2))
        cleaning.callback(listening.close)
        cleaning.callback(talking.close)

        def ask(connection: HTTPConnection, method: str, address: str, body: str | None = None) -> str:
            connection.request(method, address, body, headers)
            return connection.getresponse().read().decode()

        path += f"&sid={json.loads(ask(listening, 'GET', path)[1:])['sid']}"
        assert ask(talking, "POST", path, "40") == "OK"
        while "40" not in (heard := ask(listening, "GET", path)):
            assert heard
        chat.process.terminate()
        while "1" not in ask(listening, "GET", path).split("\x1e"):
            pass
        message = '42["mensaje_privado",{"para":"ana","mensaje":"hasta luego"}]'
        assert ask(talking, "POST", path, message) == "OK"
        assert chat.stop() <= 2.0
    assert stored_in(tmp_path) == ["hasta luego"]
