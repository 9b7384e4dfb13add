"""The chat as `python -m supportapp serve` starts it, forked from a process that has imported it already.

For tests of what a browser sees: they start it two hundred times, and importing costs a second of CPU.
How a process starts and ends is what `tests/cli` and `tests/test_server*` look at, with real ones.
"""

import multiprocessing
import os
import subprocess
from multiprocessing.reduction import DupFd
from typing import Any

from supportapp.cli import main
from tests.processes import ROOT, Running

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.imported"])


class Forked(Running):
    """`serve` with the environment `env`."""

    def __init__(self, env: dict[str, str]) -> None:
        super().__init__(["serve"], int(env["PORT"]), env)

    def launch(self, command: list[str], env: dict[str, str]) -> Any:
        process = FORKS.Process(target=become, args=(DupFd(self.log.fileno()), env, command), daemon=True)
        process.start()
        return Child(process)


class Child:
    """A forked process as `subprocess.Popen` shows one."""

    def __init__(self, process: Any) -> None:
        self._process = process
        self.pid: int = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode  # type: ignore[no-any-return]

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("serve", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


def become(log: Any, env: dict[str, str], arguments: list[str]) -> None:
    """In the child: be a process of its own, as `Popen` would have started it."""
    os.setsid()
    os.chdir(ROOT)
    output = log.detach()
    for number in (1, 2):
        os.dup2(output, number)
    os.environ.clear()
    os.environ.update(env)
    main(arguments)
