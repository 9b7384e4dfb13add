"""The table of faults and promises that a run ends with."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.faults.checker import PROMISES
from tests.faults.schedule import Result

COUNTS = (
    "faults",
    "typed",
    "a second",
    "stored",
    "guardado",
    "pendiente",
    "ocupado",
    "perdido",
    "connected",
    "p99 ms",
)


def table(results: Mapping[str, Sequence[Result]]) -> str:
    """Markdown: for each fault what happened in all its runs, and how often each promise was broken."""
    lines = [row("fault", "runs", *COUNTS, *PROMISES), row(*["---"] * (2 + len(COUNTS) + len(PROMISES)))]
    for fault, runs in results.items():
        counts = total(runs)
        broken = [sum(result.broken(promise) for result in runs) for promise in PROMISES]
        lines.append(row(fault, len(runs), *(counts[name] for name in COUNTS), *broken))
    return "\n".join(lines)


def total(runs: Sequence[Result]) -> Counter[str]:
    """Sums, but for the pace (the slowest run's) and the wait (the longest)."""
    counts: Counter[str] = Counter()
    for result in runs:
        counts.update(result.counts)
    counts["a second"] = min(result.counts["a second"] for result in runs)
    counts["p99 ms"] = max(result.counts["p99 ms"] for result in runs)
    return counts


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
