"""The client script's modules, tested by node's own runner."""

import re
import subprocess
from pathlib import Path

import pytest

from supportapp.config import PROJECT
from tests.clients.fixtures import node_path

HERE = Path(__file__).parent
MOST_LINES = 150


def test_the_modules_of_the_client_script() -> None:
    files = sorted(map(str, HERE.glob("*.test.mjs")))
    assert len(files) >= 6
    run = subprocess.run([node_path(), "--test", *files], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


SCRIPTS = sorted((PROJECT / "static/js").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_says_what_it_is_for_and_is_short(script: Path) -> None:
    source = script.read_text()
    assert source.startswith("/**")
    assert source.count("\n") <= MOST_LINES
    # Lines of comment are left out of what is sent: none may be part of a text.
    assert all(line.count("`") % 2 == 0 for line in source.splitlines())


def test_the_page_names_every_module_that_it_needs_at_once() -> None:
    page = (PROJECT / "templates/soporte.html").read_text()
    named = re.search(r'set modules = "([^"]+)"', page)
    assert named
    asked = {*named[1].split(), "conversations", "order", "roving", "rows", "soporte"}
    asked |= {"check", "goodbye", "restart"}  # when they are needed, or on another page
    assert asked == {script.stem for script in SCRIPTS}
