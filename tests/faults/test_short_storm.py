"""One message, offered by everybody's retries at once: over sockets to both processes and over HTTP."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.clients.driver import Driver
from tests.clients.fixtures import driver
from tests.clients.people import Person, token
from tests.faults.world import world
from tests.processes import SECRET
from tests.services.mariadb import MariaDB

__all__ = ["driver"]

TIMES = 40


async def test_a_storm_of_retries_stores_one_row_and_tells_everybody_the_same(
    driver: Driver, broken_mariadb: MariaDB, tmp_path: Path
) -> None:
    async with world(tmp_path, broken_mariadb, None, "storm", rate=1) as one:
        doors = [f"http://127.0.0.1:{process.port}" for process in one.processes]
        people = [await enter(driver, door) for door in doors]
        for number in range(3):
            payload = {
                "para": "admin",
                "mensaje": f"tormenta {number}",
                "id_cliente": f"tormenta-00000000-{number}",
            }
            asked = [ask_often(driver, person, payload) for person in people]
            posted = [post_often(door, payload) for door in doors]
            answers = [answer for many in await asyncio.gather(*asked, *posted) for answer in many]
            assert len(answers) == 2 * (TIMES + 5)
            assert {(answer["estado"], answer["id"]) for answer in answers} == {("guardado", number + 1)}
        assert [row["mensaje"] for row in one.sql("SELECT mensaje FROM mensajes ORDER BY id")] == [
            f"tormenta {number}" for number in range(3)
        ]
    await driver.forget()


async def enter(driver: Driver, door: str) -> Person:
    person = Person(driver, "ana")
    options = {"transports": ["websocket"]}
    result = await driver.do(
        "connect", socket=person.socket, url=door, headers={"Cookie": cookie()}, options=options
    )
    assert result["ok"], result
    return person


async def ask_often(driver: Driver, person: Person, payload: dict[str, str]) -> list[dict[str, Any]]:
    asked = [["mensaje_privado", payload]] * TIMES
    return list(await driver.do("askAll", socket=person.socket, list=asked))


async def post_often(door: str, payload: dict[str, str]) -> list[dict[str, Any]]:
    def post() -> dict[str, Any]:
        headers = {"Cookie": cookie(), "Accept": "application/json"}
        with urlopen(
            Request(f"{door}/soporte/mensajes", urlencode(payload).encode(), headers), timeout=10
        ) as answer:
            return dict(json.load(answer))

    return list(await asyncio.gather(*(asyncio.to_thread(post) for _ in range(5))))


def cookie() -> str:
    return f"token={token(SECRET, 'ana', iat=time.time() + 1)}"
