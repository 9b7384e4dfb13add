"""A server process of the tests that can be stopped, killed, paused and started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


class Service:
    """One server on one port. `start` returns when it answers; nothing outlives `stop`."""

    name = "service"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} does not run"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, wait: float = 30.0) -> None:
        """Start on the same port and data as before, and wait until it answers."""
        assert not self.running, f"{self.name} runs already"
        log = self.folder / f"{self.name}.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(self.command(), stdout=output, stderr=output, cwd=self.folder)
        until = time.monotonic() + wait
        while not self.answers():
            if not self.running or time.monotonic() > until:
                raise RuntimeError(f"{self.name} did not start:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a fallen machine would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """It no longer answers, its connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitpid(self.pid, os.WUNTRACED)  # until then its other threads go on

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self.running:
            os.kill(self.pid, signal.SIGCONT)
            os.kill(self.pid, number)
        self._process.wait(timeout=30)
        self._process = None


def free_port() -> int:
    """A port that is free now; the kernel does not hand it out again soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require(*programs: str) -> str:
    """The path of the first of `programs` there is, after installing what the tests need where that may be done.

    Ends the run, with what to install, where it is not to be had: these tests are never skipped.
    """
    found = which(*programs)
    if found is None:
        done = subprocess.run(
            [PROJECT / "bin" / "test_services"], capture_output=True, text=True, check=False
        )
        found = which(*programs)
        if found is None:
            pytest.exit(done.stderr or f"the tests need {programs[0]}: please install it", returncode=3)
    return found


def which(*names: str) -> str | None:
    """The first of the programs that exists; Debian keeps servers outside of a user's PATH."""
    places = ":".join(["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"])
    return next(
        (found for name in names if (found := shutil.which(name) or shutil.which(name, path=places))), None
    )
