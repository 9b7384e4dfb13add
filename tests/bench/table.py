"""Draws what was measured, for a terminal and for a paper; pure."""

from collections.abc import Sequence

from tests.bench.figures import Figure, Goal, Row

WITHOUT = "–"
WHOLE = frozenset({"/s", "µs", ""})
"""Units whose parts nobody needs."""


def number(value: float, unit: str) -> str:
    """With as many places as can mean something: `3,038`, `0.22 ms`, `28 KB`, `2.51 ×`."""
    places = 0 if abs(value) >= 100 or unit in WHOLE else 1 if abs(value) >= 10 else 2
    return f"{value:,.{places}f} {unit}".removesuffix(" /s").rstrip()


def cell(figure: Figure | None, unit: str) -> str:
    """The median where it is believed; never one that is not, but the rounds it would have stood for."""
    if figure is None:
        return WITHOUT
    if figure.believed:
        return number(figure.median, unit)
    rounds = dict.fromkeys(number(value, unit) for value in (figure.low, figure.high))
    return f"not measurable ({' … '.join(rounds)})"


def goal(wanted: Goal | None, unit: str) -> str:
    return f"{wanted.sign} {number(wanted.limit, '×' if wanted.relative else unit)}" if wanted else WITHOUT


def cells(row: Row) -> list[str]:
    unit = row.line.unit
    said = f"{row.verdict}: {row.reason}" if row.reason else row.verdict
    return [row.line.title, cell(row.base, unit), cell(row.value, unit), cell(row.ratio, "×"), goal(row.line.goal, unit), said]  # fmt: skip


def text(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """Columns for a terminal."""
    lines = [list(heads), *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    ruled = [lines[0], ["─" * width for width in widths], *lines[1:]]
    return "\n".join(
        "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()
        for line in ruled
    )


def markdown(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """The same for a paper."""
    lines = [list(heads), ["---"] * len(heads), *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
