"""What becomes of the pages while messages pile up: the same ones, asked for in turn, with few and with many."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection
from statistics import median
from types import MappingProxyType
from urllib.parse import urlsplit

from tests.bench.figures import Goal, Line
from tests.bench.fill import BUSY, RARE
from tests.bench.parts import Bench
from tests.bench.plans import fewest, is_read
from tests.bench.servers import NotMeasurable, Server
from tests.bench.stores import Store, store
from tests.clients.people import token
from tests.processes import SECRET

TITLES = MappingProxyType({"mariadb": "MariaDB", "sqlite": "SQLite"})
SMALL, LARGE = "small", "large"
FEW = 1000
"""Messages since the news that a page asks for; one in a hundred is its own."""

Pages = Mapping[str, tuple[str, str]]


def pages(messages: int, halfway: int) -> Pages:
    """Who asks for what, by name; `halfway`: where half of the conversations are older."""
    history = f"/soporte/mensajes?con={BUSY}"
    return {
        "a user's page": (BUSY, "/soporte"),
        "an admin's page": ("admin", f"/soporte/c/{BUSY}"),
        "last messages": ("admin", history),
        "older messages": ("admin", f"{history}&antes={messages // 2}"),
        "news": ("admin", f"{history}&despues={messages - FEW}"),
        "check": ("admin", f"/soporte/comprobacion?con={BUSY}&desde={messages - 5 * FEW}"),
        "list": ("admin", "/soporte/conversaciones"),
        "older conversations": ("admin", f"/soporte/conversaciones?antes={halfway}"),
        "filter that many pass": ("admin", "/soporte/conversaciones?buscar=persona"),
        "filter that one passes": ("admin", f"/soporte/conversaciones?buscar={RARE}"),
        "messages as JSON": ("admin", f"/api/mensajes?con={BUSY}&limite=50"),
    }


def lines(databases: tuple[str, ...]) -> list[Line]:
    """The part's lines of the table, for each database."""
    found = []
    for database in databases:
        line = partial(Line, "growth", side=f"{database} {LARGE}", base=f"{database} {SMALL}")
        name = TITLES[database]
        found += [
            line(
                f"{name}: {page}",
                f"growth.{page}",
                "ms",
                goal=Goal("≤", 1.5, relative=True),
                tolerance=0.4,
                fine=0.5,
            )
            for page in pages(0, 0)
        ]
        same, none = Goal("≤", 1, relative=True), Goal("≤", 0)
        found.append(
            line(f"{name}: statements, all of these", "growth.statements", "", goal=same, exact=True)
        )
        found.append(line(f"{name}: tables read whole", "growth.whole", "", goal=none, exact=True))
    return found


def growth(bench: Bench) -> None:
    """Fills the databases, then measures one after the other."""
    sizes = {SMALL: bench.sizes.small, LARGE: bench.sizes.large}
    stores = {name: store(name, bench.mariadb, bench.folder) for name in bench.databases}
    bench.say(
        f"filling each database with {' and with '.join(f'{size:,}' for size in sizes.values())} messages"
    )
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: [one.fill(name, size) for name, size in sizes.items()], stores.values()))
    for database, one in stores.items():
        asked_for = {name: pages(size, halfway(one.latest(name))) for name, size in sizes.items()}
        try:
            measure_times(bench, database, one, asked_for)
            for name in sizes:
                count_statements(bench, f"{database} {name}", one, name, asked_for[name])
        except NotMeasurable as reason:
            bench.samples.fail(f"{database} {LARGE}", "growth", str(reason))


def measure_times(bench: Bench, database: str, one: Store, asked_for: Mapping[str, Pages]) -> None:
    """Both chats run; each page is asked of the one and of the other, again and again."""
    with ExitStack() as stack:
        visitors = {
            name: stack.enter_context(visiting(stack.enter_context(one.serve(name)))) for name in asked_for
        }
        for page in pages(0, 0):
            for number in range(bench.sizes.rounds):
                taken: dict[str, list[float]] = {name: [] for name in visitors}
                for turn in range(bench.sizes.requests + 1):
                    for name, visitor in visitors.items():
                        milliseconds = visitor.ask(*asked_for[name][page])
                        if turn:  # the first one warms up
                            taken[name].append(milliseconds)
                for name, times in taken.items():
                    bench.samples.add(f"{database} {name}", {f"growth.{page}": median(times)}, number)
            few, many = (
                median(bench.samples.of(f"{database} {name}", f"growth.{page}").values()) for name in visitors
            )
            bench.say(f"growth, {TITLES[database]}, {page}: {few:.1f} ms, {many:.1f} ms")


def count_statements(bench: Bench, side: str, one: Store, name: str, asked_for: Pages) -> None:
    """How many statements the pages take, and which of them go by no index."""
    count, whole = 0, set()
    with one.watch(name) as (server, asked), visiting(server) as visitor:
        for page, (who, path) in asked_for.items():
            statements = fewest(asked, partial(visitor.ask, who, path))
            count += len(statements)
            for statement in filter(is_read, statements):
                whole |= {(page, table) for table in one.whole_tables(name, statement)}
    bench.samples.add(side, {"growth.statements": count, "growth.whole": len(whole)})
    if name == LARGE:  # of a few rows it costs nothing, and databases know it
        bench.notes += [f"{side}, {page}: reads all of `{table}`" for page, table in sorted(whole)]


class Visitor:
    """Somebody with one connection to a chat, who asks for one page after the other."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)

    def ask(self, usuario: str, path: str) -> float:
        """The milliseconds until the whole page was there; raises `NotMeasurable` where it is refused."""
        cookie = f"token={token(SECRET, usuario, 'admin' if usuario == 'admin' else 'user')}"
        begun = time.perf_counter()
        self._connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "identity"})
        response = self._connection.getresponse()
        response.read()
        if response.status != 200:
            raise NotMeasurable(f"{path} answers {response.status}")
        return (time.perf_counter() - begun) * 1000

    def close(self) -> None:
        self._connection.close()


@contextmanager
def visiting(server: Server) -> Iterator[Visitor]:
    visitor = Visitor(server)
    try:
        yield visitor
    finally:
        visitor.close()


def halfway(ids: list[int]) -> int:
    return ids[len(ids) // 2]
