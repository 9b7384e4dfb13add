"""Runs the benchmark; see `make bench` and docs/performance.md."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.bench import growth, machine, page, parts, report, scale
from tests.bench.arguments import Arguments, Refused, read
from tests.bench.lines import LINES
from tests.bench.parts import SHORT, Bench, Sizes
from tests.bench.servers import NotMeasurable, reference
from tests.clients.fixtures import node_path
from tests.processes import ROOT
from tests.services.process import which

RUN: Mapping[str, Callable[[Bench], None]] = MappingProxyType(
    {
        "saturated": parts.saturated,
        "steady": parts.steady,
        "idle": parts.idle,
        "growth": growth.growth,
        "page": page.page,
        "storm": scale.storm,
        "roll": scale.roll,
        "delivery": scale.delivery,
        "crowded": scale.crowded,
    }
)
PAPER = ROOT / "docs" / "performance.md"


def main(arguments: Sequence[str]) -> int:
    """Exit status 0 whatever was reached, 2 after one line where there is nothing to measure, 130 after Ctrl+C."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        wanted = read(arguments)
        found = measure(wanted, folder)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(found.text())
    if wanted.write:
        PAPER.write_text(found.paper())
    return 0


def measure(wanted: Arguments, folder: Path) -> report.Report:
    """Runs the parts that are wanted; raises `Refused` where the reference does not answer."""
    share = machine.others()
    what = machine.describe(folder, node_path(), *filter(None, [which("mariadbd", "mysqld")]))
    bench = Bench(folder, SHORT if wanted.short else Sizes(), wanted.databases, wanted.reference, progress())
    with bench.stack:
        if wanted.reference:
            see_it_answer(wanted.reference, bench)
        for part in wanted.parts:
            RUN[part](bench)
    rows = report.rows(
        [*LINES, *growth.lines(wanted.databases), *scale.LINES], bench.samples, wanted.parts, wanted.databases
    )
    machine_line = f"{what}; others used {share():.0%} of it meanwhile."
    return report.Report(machine_line, (bench.sizes.small, bench.sizes.large), rows, bench.notes)


def see_it_answer(command: str, bench: Bench) -> None:
    try:
        with reference(command, bench.mariadb()):
            pass
    except NotMeasurable as reason:
        raise Refused(str(reason)) from None


def progress() -> Callable[[str], None]:
    """Says on standard error what has just come, and when."""
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - begun:4.0f} s] {text}", file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
