"""The benchmark itself works: one short run on SQLite, as a whole."""

import re

import pytest

from tests.bench.__main__ import main


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
