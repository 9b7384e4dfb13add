"""Twenty messages of a client of the reference system, while the database is away and its process dies."""

import asyncio
import time
from pathlib import Path

from tests.clients.driver import Driver
from tests.clients.fixtures import driver
from tests.clients.people import Person, token
from tests.faults.world import World, world
from tests.processes import SECRET
from tests.services.mariadb import MariaDB

__all__ = ["driver"]

TEXTS = [f"mensaje {number}" for number in range(20)]


async def test_twenty_are_shown_live_and_stored_in_order(
    driver: Driver, broken_mariadb: MariaDB, tmp_path: Path
) -> None:
    async with world(tmp_path, broken_mariadb, None, "reference", rate=1) as one:
        eva, elena = await enter(driver, one, "eva", "user"), await enter(driver, one, "elena", "admin")
        await asyncio.to_thread(broken_mariadb.kill)
        for text in TEXTS:
            await eva.emit("mensaje_privado", {"para": "admin", "mensaje": text})
        shown = await elena.wait_for("mensaje_recibido", len(TEXTS))
        assert [message["mensaje"] for message in shown] == TEXTS
        await one.processes[0].end()
        await asyncio.to_thread(broken_mariadb.start)
        await one.processes[0].start_again()
        async with asyncio.timeout(20):
            while len(rows := stored(one)) < len(TEXTS):
                await asyncio.sleep(0.1)
        await one.settle()
        assert rows == stored(one) == TEXTS
    await driver.forget()


async def enter(driver: Driver, one: World, usuario: str, rol: str) -> Person:
    """A page of the reference system, as it connects: polling, then WebSocket."""
    person = Person(driver, usuario)
    headers = {"Cookie": f"token={token(SECRET, usuario, rol, iat=time.time() + 1)}"}
    url = f"http://127.0.0.1:{one.processes[0].port}"
    result = await driver.do("connect", socket=person.socket, url=url, headers=headers, options={})
    assert result["ok"], result
    return person


def stored(one: World) -> list[str]:
    return [row["mensaje"] for row in one.sql("SELECT mensaje FROM mensajes ORDER BY id")]
