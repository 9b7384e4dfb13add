"""The parts of the benchmark with many people or several processes: who hears, who comes back, how soon, and with everything."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.bench.figures import Goal, Line
from tests.bench.load import Figures, Generator, crowd
from tests.bench.parts import Bench
from tests.bench.servers import Server, on_mariadb, rows_of, running
from tests.processes import Running
from tests.services.redis import Redis

WRITES_PER_S = 50
DELAY_MS = 60
"""Each way, on the line of those who are there while processes are replaced."""
ROLL_WITHIN = 90.0

LINES = (
    Line("storm", "everybody back after a crash", "storm.back_s", "s", goal=Goal("≤", 10.0), fine=3),
    Line("storm", "… and complete", "storm.complete_s", "s", goal=Goal("≤", 10.0), fine=3),
    Line("storm", "… acknowledged and lost", "storm.lost", "", goal=Goal("≤", 0), exact=True),
    Line("roll", "longest without a socket in a roll", "roll.away_s", "s", goal=Goal("≤", 2.0), fine=0.5),
    Line("roll", "… acknowledged and lost", "roll.lost", "", goal=Goal("≤", 0), exact=True),
    Line("delivery", "to another process, by Redis: p50", "redis.heard_p50_ms", "ms", fine=2),
    Line("delivery", "… p99", "redis.heard_p99_ms", "ms", goal=Goal("≤", 15.0), fine=5),
    Line("delivery", "… by the table alone: p50", "table.heard_p50_ms", "ms", fine=60),
    Line("delivery", "… p99", "table.heard_p99_ms", "ms", goal=Goal("≤", 300.0), fine=60),
    Line("delivery", "acknowledged while Redis hangs: p99", "hung.p99_ms", "ms", goal=Goal("≤", 15.0), fine=5),
    Line("crowded", "memory of one of many sockets", "crowded.connection_kb", "KB", fine=5),
    Line("crowded", "CPU of all of them, silent", "crowded.silent_percent", "% of a core", fine=3),
    Line("crowded", "p99 of a message among them", "crowded.p99_ms", "ms", fine=10),
)  # fmt: skip
"""Of these parts, which are measured when they are named."""


def storm(bench: Bench) -> None:
    """A process is killed while people talk, and started again where it was."""
    for number in range(bench.sizes.rounds):
        with chat(bench) as killed, returning(killed.url) as people:
            people.do({"enter": bench.sizes.storm})
            people.do({"talk": WRITES_PER_S})
            time.sleep(bench.sizes.seconds / 2)
            people.do({"watch": True})
            killed.process.kill()
            killed.process.wait()
            with chat(bench, port=killed.port):
                times, kept = people.do({"report": True}), people.do({"hush": True})
        figures = {
            "back_s": times["back"]["max"] / 1000,
            "complete_s": times["complete"]["max"] / 1000,
            "lost": kept["lost"],
        }
        bench.note("chat", "storm", number, figures)
        bench.say(
            f"storm, round {number + 1}: listening again after {times['listening'] / 1000:.1f} s; from then on half are complete in "
            f"{times['complete']['p50'] / 1000:.1f} s, all in {figures['complete_s']:.1f} s; {kept['acknowledged']:,} messages"
        )


def roll(bench: Bench) -> None:
    """Two processes are replaced one after the other while people talk over a slow line."""
    for number in range(bench.sizes.rounds):
        with chat(bench, PROCESSES=2) as rolled, returning(rolled.url, delay=DELAY_MS) as people:
            people.do({"enter": bench.sizes.roll})
            people.do({"talk": WRITES_PER_S})
            people.do({"watch": True})
            rolled.process.send_signal(signal.SIGHUP)
            rolled.wait_until_it_says("all processes are new", ROLL_WITHIN)
            time.sleep(bench.sizes.seconds / 2)
            times, kept = people.do({"report": True}), people.do({"hush": True})
            rolled.stop()
        figures = {"away_s": times["longest"]["max"] / 1000, "lost": kept["lost"]}
        bench.note("chat", "roll", number, figures)
        bench.say(
            f"roll, round {number + 1}: {figures['away_s']:.2f} s away at most; {kept['acknowledged']:,} messages"
        )


def delivery(bench: Bench) -> None:
    """People write to one process, and the admin hears them from another one."""
    redis = Redis(bench.folder / "redis")
    redis.folder.mkdir(exist_ok=True)
    redis.start()
    bench.stack.callback(redis.kill)
    for number in range(bench.sizes.rounds):
        bench.note("chat", "redis", number, heard(bench, {"REDIS_URL": redis.url}))
        bench.note("chat", "table", number, heard(bench, {}))
        bench.note("chat", "hung", number, heard(bench, {"REDIS_URL": redis.url}, redis.pause))
        redis.resume()


def heard(bench: Bench, settings: dict[str, str], then: Callable[[], None] = lambda: None) -> Figures:
    """How long messages take to the other of two processes; `then` is done before they are measured."""
    mariadb = bench.mariadb()
    with chat(bench, **settings) as one, chat(bench, **settings) as other:
        server = Server("chat", one.url, [one.process.pid], [mariadb.pid], partial(rows_of, mariadb, "chat"))
        with crowd(server, bench.sizes.people, other.url) as (inside, _):
            inside.talk(bench.sizes.warm_up, 100)
            then()
            figures = inside.talk(int(100 * bench.sizes.seconds), 100)
            one.process.kill()  # what hangs beside it would make its goodbye a long one
            other.process.kill()
    bench.say(
        f"delivery, {', '.join(settings) or 'the table alone'}: heard in {figures['heard_p50_ms']:.1f} ms, p99 {figures['heard_p99_ms']:.1f} ms; "
        f"acknowledged in {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms"
    )
    return figures


def crowded(bench: Bench) -> None:
    """Very many people are there and say nothing; then somebody does."""
    for number in range(bench.sizes.rounds):
        with (
            on_mariadb(bench.mariadb(), bench.folder) as server,
            crowd(server, bench.sizes.crowded) as (inside, entered),
        ):
            figures = entered | inside.be_silent(bench.sizes.silent) | inside.talk(bench.sizes.warm_up, 50)
        bench.note("chat", "crowded", number, figures)
        bench.say(
            f"crowded, round {number + 1}: {bench.sizes.crowded:,} sockets, {figures['connection_kb']:.0f} KB each, "
            f"{figures['silent_percent']:.1f} % of a core, a message p99 {figures['p99_ms']:.1f} ms"
        )


@contextmanager
def chat(bench: Bench, port: int | None = None, **settings: object) -> Iterator[Running]:
    """The chat on the MariaDB of this run."""
    with running(bench.mariadb().url("chat"), bench.folder, port=port, **settings) as started:
        yield started


@contextmanager
def returning(url: str, **plan: object) -> Iterator[Generator]:
    """People who stay, whatever becomes of the chat at `url`."""
    people = Generator("returning.mjs", url, **plan)
    try:
        yield people
    finally:
        people.close()
