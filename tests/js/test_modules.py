"""The client script's modules, tested by node's own runner."""

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
