"""The client script's modules, tested by node's own runner."""

import subprocess
from pathlib import Path

from tests.clients.fixtures import node_path

HERE = Path(__file__).parent


def test_the_modules_of_the_client_script() -> None:
    files = sorted(map(str, HERE.glob("*.test.mjs")))
    assert len(files) >= 6
    run = subprocess.run([node_path(), "--test", *files], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
