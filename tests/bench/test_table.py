"""How figures are drawn: never one that is not believed."""

import pytest

from tests.bench import table
from tests.bench.figures import Figure, Goal, Line, Row, Samples
from tests.bench.report import Report, rows

LINE = Line("steady", "p50", "steady.p50_ms", "ms", goal=Goal("≤", 1.5))
SURE, UNSURE = Figure(1.234, 1.2, 1.3, True), Figure(1.2, 0.5, 3.0, False)


@pytest.mark.parametrize(
    ("value", "unit", "drawn"),
    [
        (3038.4, "/s", "3,038"),
        (0.224, "ms", "0.22 ms"),
        (28.04, "KB", "28.0 KB"),
        (257.3, "µs", "257 µs"),
        (2.513, "×", "2.51 ×"),
        (7, "", "7"),
    ],
)
def test_numbers(value: float, unit: str, drawn: str) -> None:
    assert table.number(value, unit) == drawn


def test_what_is_not_believed_is_not_said() -> None:
    assert table.cell(SURE, "ms") == "1.23 ms"
    assert table.cell(UNSURE, "ms") == "not measurable (0.50 ms … 3.00 ms)"
    assert table.cell(None, "ms") == "–"


def test_columns_stand_below_their_heads() -> None:
    drawn = table.text(
        ("", "reference", "chat", "ratio", "to reach", ""), [Row(LINE, None, SURE, None, "reached")]
    )
    head, _, line = drawn.splitlines()
    assert line.split() == ["p50", "–", "1.23", "ms", "–", "≤", "1.50", "ms", "reached"]
    assert head.index("chat") == line.index("1.23")


def test_a_paper_says_the_reason() -> None:
    failed = Row(LINE, None, None, None, "not measurable", "no cc")
    drawn = table.markdown(("", "reference", "chat", "ratio", "to reach", ""), [failed])
    assert drawn.splitlines()[-1] == "| p50 | – | – | – | ≤ 1.50 ms | not measurable: no cc |"


def test_lines_of_parts_and_databases_nobody_asked_for_are_left_out() -> None:
    lines = [
        LINE,
        Line("idle", "rest", "idle.rest_mb", "MB"),
        Line("steady", "p50", "steady.p50_ms", "ms", "sqlite"),
    ]
    assert [one.line.side for one in rows(lines, Samples(), ["steady"], ["sqlite"])] == ["sqlite"]


def test_a_paper_has_both_tables_and_the_machine() -> None:
    grown = Line("growth", "SQLite: list", "growth.list", "ms")
    found = Report(
        "2 × processor.",
        (10, 20),
        [Row(LINE, None, SURE, None, "reached"), Row(grown, SURE, SURE, SURE, "")],
        ["a note"],
    )
    paper = found.paper()
    assert [
        part in paper
        for part in ("2 × processor.", "| p50 |", "at 20 messages", "| SQLite: list |", "- a note")
    ] == [True] * 5
