"""Any interleaving of sending, committing, losing, dropping and crashing keeps the promises: the desk's own code, in no time."""

import asyncio
import itertools
import random
from typing import Any

import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from supportapp.store.conversations import Person
from tests.faults import virtual_time
from tests.faults.checker import Violation, check
from tests.faults.fake_store import POISON, Disk, Table, installed
from tests.faults.history import Client, History, Op, Row
from tests.faults.simulation import Page, Server

CAST = (
    (Client("ana-1", "ana"), "admin"),
    (Client("ana-2", "ana"), "marta"),
    (Client("pepe-1", "pepe", reference=True), "admin"),
    (Client("marta-1", "marta", admin=True), "ana"),
)
STRANGER = Client("extrano-1", "extrano")
SERVERS = st.integers(0, 1)
WRITERS = st.integers(0, len(CAST) - 1)
COMMANDS = st.one_of(
    st.tuples(st.just("type"), WRITERS),
    st.tuples(st.just("type"), WRITERS),
    st.tuples(st.just("poison"), st.sampled_from([0, 1, 3])),  # an old page that has left is told nothing
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 20, 300, 2000])),
    st.tuples(st.sampled_from(["away", "back", "lose", "fail", "crash", "start"]), SERVERS),
    st.tuples(st.just("drop"), WRITERS),
)


@settings(
    max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(COMMANDS, max_size=40))
@example([("fail", 0), ("type", 0), ("type", 2), ("wait", 300)])
@example([("away", 0), ("type", 2), ("type", 0), ("wait", 300), ("crash", 0), ("back", 0)])
@example(
    [("away", 0), ("type", 2), ("wait", 300), ("back", 0), *[("type", 2), ("wait", 5)] * 300, ("type", 0)]
)
@example([("lose", 0), ("type", 2), ("wait", 300)])
@example([("type", 0), ("type", 0), ("fail", 0), ("wait", 300)])  # newcomers and the spool
def test_no_interleaving_breaks_a_promise(commands: list[tuple[str, int]]) -> None:
    found = play(commands)
    assert found == [], commands


def play(commands: list[tuple[str, int]]) -> list[Violation]:
    """What is wrong after these commands, once everything works again and it is quiet."""
    disk = Disk()
    random.seed(1)
    with installed(disk), structlog.testing.capture_logs():
        return virtual_time.run(story(commands, disk))


async def story(commands: list[tuple[str, int]], disk: Disk) -> list[Violation]:
    names = {"ana": "user", "pepe": "user", "extrano": "user", "marta": "admin", "admin": "admin"}
    table = Table({name: Person(name, name, rol, True, None, 0, None) for name, rol in names.items()})
    servers = [Server(number, table, disk) for number in range(2)]
    ops: list[Op] = []
    pages = [
        Page(client, servers[number % 2 :] + servers[: number % 2], ops)
        for number, (client, _) in enumerate(CAST)
    ]
    stranger = Page(STRANGER, servers, ops)
    for server in servers:
        await server.start()
    await asyncio.sleep(0.2)
    async with asyncio.timeout(3600):
        lives = [asyncio.create_task(page.live()) for page in (*pages, stranger)]
        await asyncio.sleep(0.2)
        for command, argument in commands:
            await obey(command, argument, servers, pages)
        for server in servers:
            server.database.away = server.database.lose = server.database.fail = False
            await server.start()
        calm = await quiet([*pages, stranger])
    for page in (*pages, stranger):
        page.look()
    found = check(history(table, ops))
    for task in (*lives, *itertools.chain.from_iterable(server.tasks for server in servers)):
        task.cancel()
    return found if calm else [*found, Violation("I4", "never quiet", str([page.outbox for page in pages]))]


async def obey(command: str, argument: int, servers: list[Server], pages: list[Page]) -> None:
    if command in {"type", "poison"}:
        pages[argument].type(CAST[argument][1], POISON if command == "poison" else "")
    elif command == "wait":
        await asyncio.sleep(argument / 1000)
    elif command == "drop":
        pages[argument].drop()
    elif command == "crash":
        servers[argument].crash()
    elif command == "start":
        await servers[argument].start()
    elif command == "lose":
        servers[argument].database.lose = True
    elif command == "fail":
        servers[argument].database.fail = True
    else:
        servers[argument].database.away = command == "away"


async def quiet(pages: list[Page]) -> bool:
    """Nothing on its way for some seconds; false where that does not come within minutes."""
    calm = 0
    for _ in range(600):
        await asyncio.sleep(0.5)
        calm = calm + 1 if all(page.quiet or page.client.reference for page in pages) else 0
        if calm > 10:
            return True
    return False


def history(table: Table, ops: list[Op]) -> History:
    clients = {client.name: client for client in (*(client for client, _ in CAST), STRANGER)}
    rows = [Row(r.id, r.de_usuario, r.para_usuario, r.mensaje, r.id_cliente, r.numero) for r in table.rows]
    summaries = {one.usuario: (one.ultimo_id, one.recibidos) for one in table.summaries.values()}
    return History(clients, ops, rows, summaries=summaries)


def test_the_premise_that_messages_do_get_through() -> None:
    commands: list[Any] = [("type", 0), ("type", 3), ("wait", 300), ("away", 0), ("type", 0), ("wait", 2000)]
    assert play(commands) == []
