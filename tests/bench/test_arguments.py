"""What may be asked for, and that anything else ends with one line."""

import pytest

from tests.bench.__main__ import main
from tests.bench.arguments import DATABASES, PARTS, Arguments, read


def test_everything_by_itself() -> None:
    assert read([]) == Arguments(PARTS, DATABASES, None, False, False)


def test_parts_run_in_their_order() -> None:
    wanted = read(["--parts", "page  saturated", "--databases", "sqlite", "--reference", "node 'a b.mjs'"])
    assert (wanted.parts, wanted.databases) == (("saturated", "page"), ("sqlite",))
    assert wanted.reference == "node 'a b.mjs'"


def test_others_run_where_they_are_named() -> None:
    assert read(["--parts", "roll storm idle"]).parts == ("idle", "storm", "roll")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--parts", "saturated nothing"], "PARTS: nothing is none of"),
        (["--parts", " "], "PARTS: name some of"),
        (["--databases", "oracle"], "DATABASES: oracle is none of"),
        (["--reference", "node 'a"], "REFERENCE: No closing quotation"),
        (["--write", "--short"], "WRITE: "),
        (["--write", "--parts", "idle"], "WRITE: "),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_bad_input_ends_with_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), said in err) == ("", 1, True)
