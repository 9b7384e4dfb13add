"""The benchmark itself works: one short run on SQLite, as a whole."""

import re

import pytest

from tests.bench.__main__ import main
from tests.processes import ROOT


@pytest.mark.timeout(60)
def test_a_short_run_on_sqlite(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--short", "--databases", "sqlite", "--parts", "saturated"]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"saturated, round 1 of 1, sqlite: [\d,]+ messages/s, [\d,]+ µs of the server", err)
    assert re.search(r"… on SQLite +– +not measurable \([\d,]+\) +– +≥ 2.00 × +no reference", out)
    assert "others used" in out


@pytest.mark.timeout(60)
def test_a_reference_that_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--short", "--parts", "idle", "--reference", "python3 -c 'raise ValueError(4711)'"]) == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith("REFERENCE does not answer on its PORT: ValueError: 4711")
    )


@pytest.mark.timeout(60)
def test_those_whose_chat_is_killed_come_back_with_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--short", "--parts", "storm"]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"half are complete in [\d.]+ s, all in [\d.]+ s; [1-9]\d* messages", err)
    assert re.search(r"… acknowledged and lost +– +0 +– +≤ 0 +reached", out)


def test_they_come_back_as_the_page_does() -> None:
    """What is copied by hand: the first pause, the longest one, and how long an acknowledgement is waited for."""
    page = (ROOT / "static/js/connection.js").read_text(encoding="utf-8")
    pauses = re.search(r"\[SHORTEST, LONGEST\] = \[(\d+), (\d+)\]", page)
    within = re.search(r"ACKNOWLEDGED_WITHIN = (\d+)", page)
    assert pauses
    assert within
    assert "reconnectionDelay: SHORTEST," in page
    same = f"[FIRST_PAUSE, LONGEST_PAUSE, WITHIN] = [{pauses[1]}, {pauses[2]}, {within[1]}]"
    assert same in (ROOT / "tests/bench/returning.mjs").read_text(encoding="utf-8")
