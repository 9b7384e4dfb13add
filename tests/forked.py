"""The chat as `python -m supportapp …` starts it, forked from a process that has imported it already.

For tests of what a browser sees and of what a command does: there are hundreds, and importing costs a second of CPU.
How a process starts and ends is what `tests/cli/test_serve`, `test_surroundings` and `tests/test_server*` look at,
with real ones.
"""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from multiprocessing.reduction import DupFd
from typing import Any

from supportapp.cli import main
from tests.processes import ROOT, Running

TIMEOUT = 60.0  # seconds for a command
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.imported"])


def supportapp(*arguments: str, env: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m supportapp …`, run to its end."""
    with contextlib.ExitStack() as stack:
        given, said, complained = (stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
        given.write(stdin)
        given.seek(0)
        streams = {number: DupFd(stream.fileno()) for number, stream in enumerate((given, said, complained))}
        process = FORKS.Process(target=become, args=(streams, env, list(arguments)), daemon=True)
        process.start()
        process.join(TIMEOUT)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, TIMEOUT)
        for stream in (said, complained):
            stream.seek(0)
        return subprocess.CompletedProcess(arguments, process.exitcode, said.read(), complained.read())


class Forked(Running):
    """`serve` with the environment `env`."""

    def __init__(self, env: dict[str, str]) -> None:
        super().__init__(["serve"], int(env["PORT"]), env)

    def launch(self, command: list[str], env: dict[str, str]) -> Any:
        streams = {number: DupFd(self.log.fileno()) for number in (1, 2)}
        process = FORKS.Process(target=become, args=(streams, env, command), daemon=True)
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


def become(streams: dict[int, Any], env: dict[str, str], arguments: list[str]) -> None:
    """In the child: be a process of its own, as `Popen` would have started it."""
    os.setsid()
    os.chdir(ROOT)
    for number, stream in streams.items():
        os.dup2(stream.detach(), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  (multiprocessing has put nothing in its place)
    os.environ.clear()
    os.environ.update(env)
    main(arguments, prog_name="python -m supportapp")
