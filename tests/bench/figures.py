"""From what the rounds measured to what is believed of it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

ROUNDS = 3
"""As many as a median needs to outvote one disturbed round."""
TOLERANCE = 0.25
"""Believed is what the rounds agree on: highest less lowest is at most this share of the median."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of the rounds, with their lowest and highest."""

    median: float
    low: float
    high: float
    believed: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """At least or at most `limit`: of the line's own figure, or (`relative`) of its ratio to the base."""

    sign: Literal["≥", "≤"]
    limit: float
    relative: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.sign == "≥" else value <= self.limit


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: `figure` of `side`, beside the same figure of `base`.

    `fine`: what the rounds may differ by in any case, where a figure is too small for a share. `exact`: counted,
    not measured, so that one round is enough.
    """

    part: str
    title: str
    figure: str
    unit: str
    side: str = "chat"
    base: str = "reference"
    goal: Goal | None = None
    tolerance: float = TOLERANCE
    fine: float = 0.0
    exact: bool = False


Verdict = Literal["reached", "not reached", "not measurable", "no reference", ""]


@dataclass(frozen=True, slots=True)
class Row:
    """A line with what was measured of it; None where nothing was. `reason`: why not."""

    line: Line
    base: Figure | None
    value: Figure | None
    ratio: Figure | None
    verdict: Verdict
    reason: str = ""


@dataclass
class Samples:
    """What the rounds measured, by side and figure, and why a side could not be measured."""

    values: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, side: str, figures: Mapping[str, float | None], number: int = 0) -> None:
        """The figures of round `number`; None is none."""
        for name, value in figures.items():
            if value is not None:
                self.values.setdefault((side, name), {})[number] = value

    def fail(self, side: str, group: str, reason: str) -> None:
        """`reason` stands for every figure of `side` whose name begins with `group`."""
        self.failures.setdefault((side, group), reason)

    def reason(self, side: str, figure: str) -> str:
        own = (why for (who, group), why in self.failures.items() if who == side and figure.startswith(group))
        return next(own, "")

    def of(self, side: str, figure: str) -> dict[int, float]:
        return self.values.get((side, figure), {})


def figure(
    values: list[float], tolerance: float = TOLERANCE, fine: float = 0.0, exact: bool = False
) -> Figure | None:
    """What `values` of the rounds are worth; None without any."""
    if not values:
        return None
    middle, low, high = median(values), min(values), max(values)
    enough = exact or len(values) >= ROUNDS
    return Figure(middle, low, high, enough and high - low <= max(abs(middle) * tolerance, fine))


def row(line: Line, samples: Samples) -> Row:
    """`line` filled in. The ratio is the median of the rounds' own: what slowed a whole round slowed both."""
    bounds = (line.tolerance, line.fine, line.exact)
    own, other = samples.of(line.side, line.figure), samples.of(line.base, line.figure)
    pairs = [own[number] / other[number] for number in own if other.get(number)]
    value, base = figure([*own.values()], *bounds), figure([*other.values()], *bounds)
    ratio = figure(
        pairs, line.tolerance, line.fine / base.median if base and base.median else 0.0, line.exact
    )
    if reason := samples.reason(line.side, line.figure):
        return Row(line, base, None, None, "not measurable", reason)
    reason = samples.reason(line.base, line.figure)
    judged = ratio if line.goal and line.goal.relative else value
    return Row(line, base, value, ratio, verdict(line.goal, judged, bool(reason)), reason)


def verdict(goal: Goal | None, judged: Figure | None, failed: bool) -> Verdict:
    if goal is None:
        return ""
    if judged is None:
        return "not measurable" if failed or not goal.relative else "no reference"
    if not judged.believed:
        return "not measurable"
    return "reached" if goal.holds(judged.median) else "not reached"
