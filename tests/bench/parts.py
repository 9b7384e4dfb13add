"""The parts of the benchmark that load a chat: each side in turn, round after round."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.bench.figures import Samples
from tests.bench.load import Crowd, Figures, crowd
from tests.bench.servers import (
    NotMeasurable,
    Server,
    make_sqlite,
    on_mariadb,
    on_sqlite,
    reference,
    start_mariadb,
)
from tests.services.mariadb import MariaDB

FSYNC_US = 2000
TRIES = 2

Side = Callable[[], AbstractContextManager[Server]]
Run = Callable[[Crowd, Figures], Figures]
"""What a round does with those who have entered, and with what entering cost."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; `slow` are messages to a side that waits for each fsync alone."""

    rounds: int = 3
    people: int = 500
    warm_up: int = 500
    saturated: int = 8000
    slow: int = 1500
    seconds: float = 5.0
    silent: float = 8.0
    small: int = 10_000
    large: int = 1_000_000
    requests: int = 25
    storm: int = 2000
    roll: int = 200
    crowded: int = 5000


SHORT = Sizes(
    rounds=1,
    people=20,
    warm_up=50,
    saturated=300,
    slow=60,
    seconds=0.5,
    silent=0.5,
    large=20_000,
    requests=3,
    storm=60,
    roll=20,
    crowded=40,
)
"""To see that everything works: one round, which nobody believes."""


@dataclass
class Bench:
    """One run: what is measured how, and what came of it. The servers it starts end with `stack`."""

    folder: Path
    sizes: Sizes
    databases: tuple[str, ...]
    reference: str | None
    say: Callable[[str], None]
    samples: Samples = field(default_factory=Samples)
    notes: list[str] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)
    _mariadb: dict[int, MariaDB] = field(default_factory=dict)
    _file: Path | None = None

    def mariadb(self, fsync_us: int = 0) -> MariaDB:
        """The one of this run whose fsync takes so much longer, started when it is first needed."""
        if fsync_us not in self._mariadb:
            self.say("starting MariaDB" + f", {fsync_us / 1000:g} ms more for each fsync" * bool(fsync_us))
            self._mariadb[fsync_us] = start_mariadb(self.folder / f"mariadb{fsync_us}", fsync_us)
            self.stack.callback(self._mariadb[fsync_us].stop)
        return self._mariadb[fsync_us]

    def file(self) -> Path:
        """The SQLite file of this run."""
        self._file = self._file or make_sqlite(self.folder)
        return self._file

    def sides(self, fsync_us: int = 0) -> dict[str, Side]:
        """Those who take turns, in their order. SQLite has no server whose fsync could be slow."""
        sides: dict[str, Side] = {}
        if self.reference:
            sides["reference"] = partial(reference, self.reference, self.mariadb(fsync_us))
        if "mariadb" in self.databases:
            sides["chat"] = partial(on_mariadb, self.mariadb(fsync_us), self.folder)
        if "sqlite" in self.databases and not fsync_us:
            sides["sqlite"] = partial(on_sqlite, self.file(), self.folder)
        return sides

    def rounds(self, group: str, run: Run, sides: dict[str, Side]) -> None:
        """`run` on each of `sides` in turn, as often as there are rounds; its figures are those of `group`."""
        for number in range(self.sizes.rounds):
            for name, side in sides.items():
                self._turn(group, number, name, side, run)

    def note(self, side: str, group: str, number: int, figures: Figures) -> None:
        """What round `number` of `group` has measured of `side`."""
        self.samples.add(side, {f"{group}.{key}": value for key, value in figures.items()}, number)

    def _turn(self, group: str, number: int, name: str, side: Side, run: Run) -> None:
        head = f"{group}, round {number + 1} of {self.sizes.rounds}, {name}"
        for tries_left in reversed(range(TRIES)):
            try:
                with side() as server, crowd(server, self.sizes.people) as (inside, entered):
                    figures = run(inside, entered)
            except NotMeasurable as reason:
                self.say(f"{head}: {reason}{'; once more' * bool(tries_left)}")
                if not tries_left:
                    self.samples.fail(name, group, str(reason))
            else:
                self.note(name, group, number, figures)
                self.say(f"{head}: {in_short(figures)}")
                return


def saturated(bench: Bench) -> None:
    """As many messages as go through, and what each costs; then where the disk is slow."""

    def run(inside: Crowd, _: Figures, unbatched: int = bench.sizes.saturated) -> Figures:
        count = bench.sizes.saturated if inside.server.acknowledged else unbatched
        inside.talk(min(bench.sizes.warm_up, count))
        return inside.talk(count)

    bench.rounds("saturated", run, bench.sides())
    if "mariadb" not in bench.databases:
        return
    try:
        sides = bench.sides(FSYNC_US)
    except NotMeasurable as reason:
        bench.samples.fail("chat", "slow", str(reason))
    else:
        bench.rounds("slow", partial(run, unbatched=bench.sizes.slow), sides)


def steady(bench: Bench) -> None:
    """Far below saturation: what a message costs and how long its sender waits."""

    def run(inside: Crowd, _: Figures, rate: int) -> Figures:
        inside.talk(bench.sizes.warm_up, 1000)
        return inside.talk(int(bench.sizes.seconds * rate), rate)

    for rate in (1000, 100):
        bench.rounds(f"steady {rate}", partial(run, rate=rate), bench.sides())


def idle(bench: Bench) -> None:
    """People who connect and say nothing."""
    bench.rounds(
        "idle", lambda inside, entered: entered | inside.be_silent(bench.sizes.silent), bench.sides()
    )


def in_short(figures: Figures) -> str:
    """What somebody who waits would like to know of a round."""
    shown = {
        "stored_per_s": "{:,.0f} messages/s", "server_us": "{:,.0f} µs of the server", "p50_ms": "p50 {:.2f} ms",
        "handshakes_per_s": "{:,.0f} handshakes/s", "connection_kb": "{:.0f} KB a socket",
    }  # fmt: skip
    return ", ".join(
        text.format(value) for key, text in shown.items() if (value := figures.get(key)) is not None
    )
