"""What we use of libraries beyond what they promise: an upgrade that renames one of it fails here and nowhere else.

`private_names.txt` has a line for each: `package.module.Class.name`, and for a function its parameters. What is
redefined of a foreign class or used through `self`, what is assigned to a foreign module, and every underscore that
is not ours is found by itself; what nobody can find (a method of an object that a library keeps) stands there too.
"""

import importlib
import sys
from pathlib import Path

import pytest

from tests import foreign

LINES = Path(__file__).with_name("private_names.txt").read_text().splitlines()
ADDRESSES = [line.partition("(")[0] for line in LINES]


@pytest.mark.parametrize("line", LINES)
def test_it_is_still_there_and_called_as_we_call_it(line: str) -> None:
    address, _, parameters = line.partition("(")
    owner, _, name = address.rpartition(".")
    value = foreign.looked_up(owner)
    assert name in (foreign.defined(value) if isinstance(value, type) else vars(value))
    assert foreign.shape(vars(value).get(name)) == parameters.removesuffix(")")


def test_none_is_missing_in_the_list() -> None:
    names = {address.rpartition(".")[2] for address in ADDRESSES}
    new = {
        (owner, name)
        for module in foreign.modules()
        for owner, name in foreign.uses(module)
        if (name not in names if "/" in owner else f"{owner}.{name}" not in ADDRESSES)
    }
    assert not new, "add to private_names.txt:\n" + "\n".join(line_of(*use) for use in sorted(new))


def test_the_list_is_in_order_and_has_nothing_that_is_not_used() -> None:
    assert sorted(set(LINES)) == LINES
    written = "".join(path.read_text() for path in Path(foreign.supportapp.__path__[0]).rglob("*.py"))
    assert [one for one in ADDRESSES if one.rpartition(".")[2] not in written] == []


def line_of(owner: str, name: str) -> str:
    if "/" in owner:
        return f"(used in {owner}) {name}"
    parameters = foreign.shape(vars(foreign.looked_up(owner)).get(name))
    return f"{owner}.{name}" + (f"({parameters})" if parameters else "")


TRIED = {
    "class Mine(theirs.Base):\n    def _secret(self): ...": "theirs.Base",
    "class Mine(theirs.Base):\n    def look(self): return self._secret": "theirs.Base",
    "class Mine(theirs.Base):\n    def look(self): return super()._secret()": "theirs.Base",
    "class Mine(theirs.Base):\n    def look(self): self._kept = 1": "theirs.Base",
    "def look(base): return base._secret": "supportapp_tried.py",
    "theirs.Base = None": "theirs",
    "from theirs import _secret": "supportapp_tried.py",
    "class Mine:\n    def _secret(self): return self._secret": None,
    "import os\ndef look(): os._exit(1)": None,
}


@pytest.mark.parametrize("ours", TRIED)
def test_a_use_is_found(ours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = "class Base:\n    def __init__(self): self._kept = 0\n    def _secret(self): ...\n_secret = 0\n"
    (tmp_path / "theirs.py").write_text(theirs)
    (tmp_path / "supportapp_tried.py").write_text(f"import theirs\n{ours}\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("theirs", "supportapp_tried"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    found = {owner for owner, _ in foreign.uses(importlib.import_module("supportapp_tried"))}
    assert found == ({TRIED[ours]} if TRIED[ours] else set())
