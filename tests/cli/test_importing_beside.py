"""An import that is killed, and one beside a running chat."""

import asyncio
import subprocess
import sys
import time
from statistics import median

from supportapp.desk.dispatcher import Dispatcher
from supportapp.desk.importing import Importing, Wishes
from supportapp.desk.provisional import Provisional
from supportapp.desk.sockets import NoSockets
from supportapp.store.conversations import select_conversations
from supportapp.store.database import Database
from supportapp.store.legacy import Legacy
from supportapp.store.messages import Message, select_messages_since
from supportapp.store.proof import (
    select_numbering,
    select_senders_with_holes,
    select_wrong_conversations,
    select_wrong_marks,
)
from supportapp.store.sequence import select_head
from tests.forked import supportapp
from tests.older_system import BCRYPT, older_system
from tests.processes import ROOT
from tests.services.mariadb import MariaDB
from tests.store.talk import say

MANY = 3000
PERSONS = [
    ("admin", "Mesa", "admin", BCRYPT, None),
    *((f"p{n}", f"P {n}", "user", BCRYPT, None) for n in range(40)),
]


def many(count: int = MANY) -> list[tuple[str, str, str, str]]:
    """Each third is the desk's answer to the one before."""
    pairs = [(f"p{n // 3 * 7 % 40}", "admin")[:: -1 if n % 3 == 2 else 1] for n in range(count)]
    return [
        (de, para, f"texto {n}", f"2024-01-{1 + n // 200:02} 10:00:00") for n, (de, para) in enumerate(pairs)
    ]


async def whole(database: Database) -> bool:
    wrong = [
        *await select_senders_with_holes(database),
        *await select_wrong_conversations(database, "robot.usuario"),
        *await select_wrong_marks(database),
    ]
    return (await select_numbering(database)).whole and not wrong


async def test_killed_at_any_moment_and_run_again_nothing_is_missing_or_doubled(
    env: dict[str, str], database: Database, mariadb: MariaDB
) -> None:
    url = older_system(mariadb, people=PERSONS, messages=many())
    command = [sys.executable, "-m", "supportapp", "import-reference", url]
    for least in (1, 700, 1500):
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while await select_head(database) < least and process.poll() is None:
            await asyncio.sleep(0.005)
        process.kill()
        process.wait()
        assert await whole(database)
    assert await select_head(database) < MANY  # it was killed in the middle
    result = supportapp("import-reference", url, env=env)
    assert result.returncode == 0, result.stderr
    rows = await select_messages_since(database, 0, MANY + 1)
    assert [(row.de_usuario, row.para_usuario, row.mensaje) for row in rows] == [one[:3] for one in many()]
    assert await whole(database)
    assert {row.unread for row in await select_conversations(database, "admin")} == {0}


class Heard(NoSockets):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def deliver(self, message: Message, shown: bool) -> None:
        self.texts.append(message.mensaje)


async def test_others_write_meanwhile_and_hear_of_each_other_only(
    database: Database, people: list[str], mariadb: MariaDB
) -> None:
    """Writers come in between, their messages are told and the imported are not, and their conversations agree."""
    heard = Heard()
    dispatcher = Dispatcher(database, Provisional(), heard)
    await dispatcher.start_at_head()
    importing = Importing(database, Legacy(older_system(mariadb, people=PERSONS, messages=many())), Wishes())
    report = await importing.plan()
    waits: list[float] = []

    async def live() -> None:
        while True:
            begun = time.monotonic()
            await say(database, ("p7" if report.seen else "ana", "admin", f"en vivo {len(waits)}"))
            waits.append(time.monotonic() - begun)
            await dispatcher.advance()
            await asyncio.sleep(0.01)

    writer = asyncio.create_task(live())
    await importing.run(report, lambda _: None)
    while not waits:
        await asyncio.sleep(0.01)
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    await dispatcher.advance()
    rows = await select_messages_since(database, 0, 2 * MANY)
    assert [row.mensaje for row in rows if row.mensaje.startswith("texto")] == [one[2] for one in many()]
    alive = [row for row in rows if row.mensaje.startswith("en vivo")]
    assert heard.texts == [row.mensaje for row in alive]
    assert len([row for row in alive if row.id < rows[-1].id - 100]) > 2  # not only after it
    assert median(waits) < 0.25
    assert await whole(database)


async def test_what_is_written_meanwhile_stays_unread(
    database: Database, people: list[str], mariadb: MariaDB
) -> None:
    """What is remembered of somebody no longer holds when they write themselves."""
    importing = Importing(database, Legacy(older_system(mariadb, people=PERSONS, messages=many())), Wishes())
    report = await importing.plan()
    said = 0

    def told(_: object) -> None:
        nonlocal said
        said += 1

    real = importing._storing._write

    async def write(portion: list) -> None:  # type: ignore[type-arg]
        await real(portion)
        if said == 0 and not live:
            live.extend(await say(database, ("p0", "admin", "en vivo")))

    live: list[int] = []
    importing._storing._write = write  # type: ignore[method-assign]
    await importing.run(report, told)
    assert await whole(database)
    unread = {row.usuario: row.unread for row in await select_conversations(database, "admin")}
    later = [
        row for row in await select_messages_since(database, live[0] - 1, 2 * MANY) if row.de_usuario == "p0"
    ]
    assert unread.pop("p0") == len(later) > 1
    assert set(unread.values()) == {0}
