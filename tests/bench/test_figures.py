"""What the rounds must agree on before a figure is said, and when a goal is reached."""

import pytest

from tests.bench.figures import Goal, Line, Row, Samples, figure, row


@pytest.mark.parametrize(
    ("values", "median", "believed"),
    [
        ([100.0, 110.0, 90.0], 100.0, True),
        ([100.0, 112.5, 87.5], 100.0, True),
        ([100.0, 130.0, 100.0], 100.0, False),
        ([100.0, 100.0], 100.0, False),
        ([0.0, 0.0, 0.0], 0.0, True),
    ],
    ids=["close", "at the limit", "one disturbed", "too few", "nothing"],
)
def test_a_figure_is_believed_where_the_rounds_agree(
    values: list[float], median: float, believed: bool
) -> None:
    found = figure(values)
    assert found
    assert (found.median, found.believed) == (median, believed)


def test_a_small_figure_may_differ_by_what_nobody_can_measure() -> None:
    values = [0.1, 0.3, 0.2]
    assert [figure(values, fine=fine).believed for fine in (0.0, 0.3)] == [False, True]  # type: ignore[union-attr]


def test_what_is_counted_needs_one_round() -> None:
    assert figure([7.0], exact=True).believed  # type: ignore[union-attr]
    assert figure([]) is None


def compared(goal: Goal | None, chat: list[float], reference: list[float]) -> Row:
    samples = Samples()
    for side, values in (("chat", chat), ("reference", reference)):
        for number, value in enumerate(values):
            samples.add(side, {"a.b": value}, number)
    return row(Line("a", "a line", "a.b", "/s", goal=goal), samples)


def test_a_ratio_is_that_of_each_round() -> None:
    """Rounds that were slow for both sides say nothing alone, and yet compare."""
    found = compared(Goal("≥", 2.5, relative=True), [300, 150, 600], [100, 50, 200])
    assert found.value
    assert not found.value.believed
    assert found.ratio
    assert (found.ratio.median, found.verdict) == (3.0, "reached")


def test_verdicts() -> None:
    absolute, relative = Goal("≤", 100), Goal("≤", 1.5, relative=True)
    assert compared(absolute, [100, 100, 100], []).verdict == "reached"
    assert compared(absolute, [101, 101, 101], []).verdict == "not reached"
    assert compared(absolute, [50, 100, 150], []).verdict == "not measurable"
    assert compared(relative, [100, 100, 100], []).verdict == "no reference"
    assert compared(relative, [160, 160, 160], [100, 100, 100]).verdict == "not reached"
    assert compared(relative, [100, 150, 200], [100, 100, 100]).verdict == "not measurable"
    assert compared(None, [100, 100, 100], []).verdict == ""


def test_a_side_that_failed_has_no_figure() -> None:
    samples = Samples()
    samples.add("chat", {"slow.stored_per_s": 5000.0})
    samples.fail("chat", "slow", "no cc")
    found = row(Line("saturated", "slow", "slow.stored_per_s", "/s", goal=Goal("≥", 1)), samples)
    assert (found.value, found.verdict, found.reason) == (None, "not measurable", "no cc")
