"""PROCESSES=2 as an operator runs it: one address, real processes, killed, rolled and ended while people talk."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.clients.driver import Driver
from tests.clients.fixtures import driver
from tests.clients.people import Person, token
from tests.conftest import SCHEMA
from tests.forked import supportapp
from tests.processes import SECRET, Running, environment, serve, sqlite_settings
from tests.services.mariadb import MariaDB

__all__ = ["driver"]
FIGURES = "figures-of-all-processes-0123456789"
ADMIN = f"token={token(SECRET, 'admin', 'admin', iat=time.time())}"


@pytest.fixture
def env(mariadb: MariaDB, mariadb_url: str, tmp_path: Path) -> dict[str, str]:
    mariadb.execute(
        "INSERT INTO usuarios (usuario, clave, nombre, rol, activo, creado) VALUES ('ana', 'ana', 'Ana', 'user', 1, NOW())",
        database=SCHEMA,
    )
    settings = {
        "PROCESSES": 2,
        "DATABASE_URL": mariadb_url,
        "ENVIRONMENT": "production",
        "LOG_FORMAT": "json",
    }
    return sqlite_settings(tmp_path, **settings, METRICS_TOKEN=FIGURES)


@pytest.fixture
def chat(env: dict[str, str]) -> Iterator[Running]:
    """Two processes that serve."""
    with serve(env) as running:
        running.wait_until(lambda: len(figures(running, "soporte_tasks")) == 2, timeout=60)
        yield running


def test_without_an_interpreter_it_is_said_and_status_1() -> None:
    code = "from supportapp.processes.parent import Parent; raise SystemExit(Parent(['/nowhere'], (), 2, print).run())"
    with Running([sys.executable, "-c", code], 0, environment()) as parent:
        assert parent.process.wait(20) == 1
        (line,) = parent.output.splitlines()
        assert "a process cannot be started" in line
        assert "/nowhere" in line


@asynccontextmanager
async def people(driver: Driver, chat: Running) -> AsyncIterator[dict[int, list[Person]]]:
    """Sockets of the account `admin` that come back by themselves, some in each process, by its number."""
    there: dict[int, list[Person]] = {1: [], 2: []}
    options = {"reconnection": True, "reconnectionDelay": 100, "reconnectionDelayMax": 300}
    try:
        for count in range(1, 60):
            person = Person(driver, "admin")
            headers = {"Cookie": ADMIN}
            options["transports"] = ["websocket"]  # type: ignore[assignment]
            result = await driver.do(
                "connect", socket=person.socket, url=chat.url, headers=headers, options=options
            )
            assert result["ok"], result
            await asyncio.to_thread(
                chat.wait_until, lambda n=count: len(events(chat, "connected")) >= n, timeout=5
            )
            there[events(chat, "connected")[-1]["process"]].append(person)
            if all(there.values()):
                break
        assert all(there.values()), "all came to one process"
        yield there
    finally:
        await driver.forget()


def events(chat: Running, event: str) -> list[dict[str, Any]]:
    """The log's lines with this event."""
    lines = []
    for line in chat.output.splitlines():
        with suppress(ValueError):
            lines.append(json.loads(line))
    return [line for line in lines if line["event"] == event]


def children(chat: Running) -> list[int]:
    """The processes below the parent."""
    pid = chat.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether it runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ask(chat: Running, path: str, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", chat.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def figures(chat: Running, name: str) -> dict[str, float]:
    """The lines of a figure: what stands behind its name, and the value."""
    try:
        status, text = ask(chat, "/metrics", Authorization=f"Bearer {FIGURES}")
    except OSError:
        return {}
    lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith((name + "{", name + " "))]
    return {key.removeprefix(name): float(value) for key, _, value in lines} if status == 200 else {}


async def test_people_of_two_processes_talk_with_each_other(driver: Driver, chat: Running) -> None:
    async with people(driver, chat) as there:
        one, other = there[1][0], there[2][0]
        assert (await one.send("ana", "de uno"))["estado"] == "guardado"
        assert (await other.send("ana", "de otro"))["estado"] == "guardado"
        for person in (one, other):
            heard = await person.wait_for("mensaje_enviado", 1)
            assert {payload["mensaje"] for payload in heard} <= {"de uno", "de otro"}
        await asyncio.to_thread(
            chat.wait_until,
            lambda: all(
                "de uno" in str(person.all("mensaje_enviado")) or person is one for person in (one, other)
            ),
            timeout=5,
        )
        assert sum(figures(chat, "soporte_sockets").values()) == sum(map(len, there.values()))
        assert figures(chat, "soporte_messages_committed_total") == {'{process="1"}': 1, '{process="2"}': 1}
        assert figures(chat, "soporte_processes") == {"": 2}
    assert {line["process"] for line in events(chat, "connected")} == {1, 2}
    assert {line["pid"] for line in events(chat, "connected")} == set(children(chat))


async def test_one_that_is_killed_is_replaced_while_the_others_go_on(driver: Driver, chat: Running) -> None:
    async with people(driver, chat) as there:
        killed = next(line["pid"] for line in events(chat, "connected") if line["process"] == 1)
        os.kill(killed, signal.SIGKILL)
        for number in range(20):
            assert (await there[2][0].send("ana", f"sigue {number}"))["estado"] == "guardado"
        for person in there[1]:
            await person.wait_for("connect", 2, timeout=5)
        assert not any(person.all("disconnect") for person in there[2])
        await asyncio.to_thread(
            chat.wait_until, lambda: figures(chat, "soporte_processes") == {"": 2}, timeout=20
        )
    assert killed not in children(chat)
    (line,) = events(chat, "a process has ended, another takes its place")
    assert (line["number"], line["ended"], line["status"]) == (1, killed, -signal.SIGKILL)
    assert figures(chat, "soporte_processes_died") == {"": 1}
    assert chat.stop() <= 3
    assert chat.process.returncode == 0


async def test_at_a_hangup_all_are_replaced_and_nobody_is_away_for_long(
    driver: Driver, chat: Running, mariadb: MariaDB
) -> None:
    before = children(chat)
    async with people(driver, chat) as there:
        everybody = [person for persons in there.values() for person in persons]
        ways = [asyncio.create_task(talk(person, str(n))) for n, person in enumerate(everybody)]
        os.killpg(chat.process.pid, signal.SIGHUP)  # to all, as systemd and terminals do
        await asyncio.to_thread(chat.wait_until_it_says, "all processes are new", 90)
        await asyncio.sleep(2.5)
        for way in ways:
            way.cancel()
        results = await asyncio.gather(*ways, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results
        stored = [
            row["mensaje"]
            for row in mariadb.execute("SELECT mensaje FROM mensajes ORDER BY id", database=SCHEMA)
        ]
        for n, person in enumerate(everybody):
            assert len(person.all("disconnect")) <= 2
            mine = [text for text in stored if text.startswith(f"{n}:")]
            said = person.said  # type: ignore[attr-defined]
            assert mine[: len(said)] == said
            assert person.longest < 2.0, person.longest  # type: ignore[attr-defined]
    assert not {*before} & {*children(chat)}
    assert "Traceback" not in chat.output
    assert not events(chat, "a process has ended, another takes its place")


async def talk(person: Person, name: str) -> None:
    """Write on and on, each message until it is stored; notes what was, and the longest time without an answer."""
    person.said, person.longest = [], 0.0  # type: ignore[attr-defined]
    while True:
        text, begun = f"{name}:{len(person.said)}", time.monotonic()  # type: ignore[attr-defined]
        offer = {"id_cliente": f"roll-{name}-{len(person.said):06d}"}  # type: ignore[attr-defined]
        while True:
            try:
                answer = await person.ask(
                    "mensaje_privado", {"para": "ana", "mensaje": text, **offer}, timeout=400
                )
            except RuntimeError:
                answer = {"ok": False}
            if answer and answer.get("ok"):
                break
            await asyncio.sleep(0.05)
        person.longest = max(person.longest, time.monotonic() - begun)  # type: ignore[attr-defined]
        person.said.append(text)  # type: ignore[attr-defined]
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_together(number: int, chat: Running) -> None:
    below = children(chat)
    assert len(below) == 2
    if number == signal.SIGINT:
        os.killpg(chat.process.pid, number)  # Ctrl+C reaches them all
    took = chat.stop(number)
    assert (chat.process.returncode, took <= 3) == (0, True), (took, chat.output)
    assert not any(map(alive, below))
    assert "Traceback" not in chat.output
    assert not events(chat, "a process has ended, another takes its place")


def test_more_signals_change_nothing(chat: Running) -> None:
    while chat.process.poll() is None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with suppress(ProcessLookupError):
                os.killpg(chat.process.pid, number)
        time.sleep(0.01)
    assert chat.process.returncode == 0, chat.output


def test_none_serves_on_when_the_parent_is_killed(chat: Running) -> None:
    below = children(chat)
    chat.process.kill()
    chat.process.wait()
    end = time.monotonic() + 5
    while any(map(alive, below)):
        assert time.monotonic() < end, chat.output
        time.sleep(0.05)
    assert len(events(chat, "the parent of this process is gone, it ends")) == 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", chat.port))


def test_polling_is_refused_with_the_reason(chat: Running) -> None:
    status, text = ask(chat, "/socket.io/?EIO=4&transport=polling", Cookie=ADMIN)
    assert status == 400
    assert "WebSocket only" in text
    assert "PROCESSES" in text


def test_sqlite_has_one_process(tmp_path: Path) -> None:
    result = supportapp("serve", env=sqlite_settings(tmp_path, PROCESSES=2))
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "PROCESSES" in result.stderr
    assert not (tmp_path / "soporte.db").exists()


def test_a_port_in_use_is_one_line(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        result = supportapp("serve", env=env | {"PORT": str(port), "PUBLIC_URL": url})
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"Cannot listen on 127.0.0.1 port {port}: address already in use; stop the other program or choose another PORT."
    ]


def test_a_start_that_fails_is_one_line(env: dict[str, str], mariadb: MariaDB) -> None:
    mariadb.execute("CREATE OR REPLACE DATABASE empty")
    result = supportapp("serve", env=env | {"DATABASE_URL": mariadb.url("empty")})
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "Cannot start: The database schema is old. Run: python -m supportapp migrate"
    ]


def test_a_roll_that_cannot_start_leaves_all_as_it_is(chat: Running, mariadb: MariaDB) -> None:
    before = children(chat)
    mariadb.execute("RENAME TABLE meta TO meta_away", database=SCHEMA)
    try:
        chat.process.send_signal(signal.SIGHUP)
        chat.wait_until_it_says("a new process does not start: those that run stay", 60)
    finally:
        mariadb.execute("RENAME TABLE meta_away TO meta", database=SCHEMA)
    assert children(chat) == before
    assert ask(chat, "/healthz")[0] == 200
