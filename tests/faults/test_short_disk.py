"""SQLite on a disk that is full: senders hear so and keep their messages, and nothing that was stored is touched."""

import asyncio
import sqlite3
import time
from pathlib import Path

from tests.clients.driver import Driver
from tests.clients.fixtures import driver
from tests.clients.people import Person, token
from tests.faults.processes import UNLIMITED, Process
from tests.forked import supportapp
from tests.processes import SECRET, sqlite_settings

__all__ = ["driver"]


async def test_a_full_disk_is_said_and_ends_with_nothing_lost(driver: Driver, tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path)
    assert supportapp("migrate", env=env).returncode == 0
    account = ["create-user", "ana", "--nombre", "Ana", "--rol", "user", "--password-stdin"]
    assert supportapp(*account, env=env, stdin="una-clave-larga").returncode == 0
    process = Process("app", env, tmp_path)
    await process.start()
    try:
        ana = Person(driver, "ana")
        headers = {"Cookie": f"token={token(SECRET, 'ana', iat=time.time() + 1)}"}
        url, options = f"http://127.0.0.1:{process.port}", {"transports": ["websocket"]}
        assert (await driver.do("connect", socket=ana.socket, url=url, headers=headers, options=options))[
            "ok"
        ]
        stored = [await offer(ana, number) for number in range(5)]
        assert all(answer["ok"] for answer in stored)

        process.limit_files((tmp_path / "soporte.db-wal").stat().st_size)
        refused = [await offer(ana, number) for number in range(5, 10)]
        assert {answer.get("error") for answer in refused} == {"ocupado"}
        assert (await offer(ana, 2))["id"] == stored[2]["id"]  # what is stored can still be told

        process.limit_files(UNLIMITED)
        again = [await insist(ana, number) for number in range(5, 10)]
        assert [answer["id"] for answer in (*stored, *again)] == list(range(1, 11))
    finally:
        await driver.forget()
        await process.end()
    with sqlite3.connect(tmp_path / "soporte.db") as database:
        texts = [row[0] for row in database.execute("SELECT mensaje FROM mensajes ORDER BY id")]
    database.close()
    assert texts == [f"número {number}" for number in range(10)]


async def offer(person: Person, number: int) -> dict[str, object]:
    key = f"disco-lleno-000000-{number}"
    return dict(await person.send("admin", f"número {number}", id_cliente=key))


async def insist(person: Person, number: int) -> dict[str, object]:
    for _ in range(50):
        answer = await offer(person, number)
        if answer["ok"]:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(answer)
