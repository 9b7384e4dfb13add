"""The application as real processes behind proxies: killed, stopped, restarted, short of disk."""

import asyncio
import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

from tests.processes import ROOT
from tests.services.process import free_port

CLOCK = Path(__file__).with_name("clock")
METRICS_TOKEN = "figures-of-this-process-0123456789"
FOR_THE_FIRST = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
UNLIMITED = resource.RLIM_INFINITY


class Process:
    """One `serve`, always on the same port, with the processes below it where PROCESSES is set. Its output goes through a pipe: a full disk must not stop its words."""

    def __init__(self, name: str, env: dict[str, str], folder: Path) -> None:
        self.name = name
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self._clock = folder / f"{name}.clock"
        clock = {"PYTHONPATH": str(CLOCK), "CLOCK_FILE": str(self._clock)}
        self.env = {
            **env,
            **clock,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "METRICS_TOKEN": METRICS_TOKEN,
        }
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process, f"{self.name} does not run"
        return self._process.pid

    @property
    def pids(self) -> list[int]:
        """All of its processes."""
        below = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, below)]

    @property
    def siblings(self) -> int:
        """How many serve, side by side on its port."""
        return int(self.env.get("PROCESSES", "1"))

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start it without waiting."""
        self.starts += 1
        with self.log.open("ab") as log:
            scribe = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
        command = [sys.executable, "-m", "supportapp", "serve"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=scribe.stdin, stderr=scribe.stdin, start_new_session=True
        )
        assert scribe.stdin
        scribe.stdin.close()
        self._scribe = scribe

    async def start(self, wait: float = 30.0) -> None:
        """Start it and wait until it answers."""
        self.launch()
        until = time.monotonic() + wait
        while not await asyncio.to_thread(self.answers):
            if not self.running or time.monotonic() > until:
                raise AssertionError(f"{self.name} did not start:\n{self.log.read_text()[-3000:]}")
            await asyncio.sleep(0.05)

    async def start_again(self, wait: float = 60.0) -> None:
        """Start it as a supervisor does: again and again, while what it needs is away."""
        until = time.monotonic() + wait
        while True:
            try:
                await self.start()
                return
            except AssertionError:
                await self.end(signal.SIGKILL)
                if time.monotonic() > until:
                    raise

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            self.signal(number)
            if number != signal.SIGKILL:
                self.signal(signal.SIGCONT)
            await asyncio.to_thread(process.wait, 20)
        await asyncio.to_thread(self._scribe.wait, 20)
        self._process = None

    def signal(self, number: signal.Signals) -> None:
        """To all of its processes, but for what a supervisor says to the first one only."""
        if number in FOR_THE_FIRST:
            os.kill(self.pid, number)
        else:
            os.killpg(self.pid, number)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                return True
        except OSError:
            return False

    def exceptions(self) -> list[str]:
        """The tracebacks it has logged: where, what and how often."""
        met: Counter[str] = Counter()
        for line in self.log.read_text(errors="replace").splitlines():
            if '"level": "critical"' in line:
                met["a part of it has ended"] += 1
            if '"exception":' in line:
                with contextlib.suppress(ValueError):  # the last words of a killed process may be half a line
                    record = json.loads(line)
                    met[f"{record['event']}: {record['exception'].strip().splitlines()[-1]}"] += 1
            elif line.startswith("Traceback"):
                met["a traceback outside the log"] += 1
        return [f"{self.name}: {said} ({count} times)" for said, count in met.items()]

    def limit_files(self, size: int) -> None:
        """No file of it may grow beyond `size` bytes: a disk that is full."""
        for pid in self.pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))

    def set_clock(self, ahead: float) -> None:
        """Its wall clock jumps to `ahead` seconds after (before, where negative) the machine's."""
        self._clock.write_text(str(ahead))
        self.signal(signal.SIGUSR1)

    async def complete(self, wait: float = 30.0) -> None:
        """Wait until each of the processes that serve is there: the first of them answers for all."""
        until = time.monotonic() + wait
        while len(await asyncio.to_thread(self.count_tasks)) < self.siblings:
            assert time.monotonic() < until, f"{self.name} is not complete:\n{self.log.read_text()[-3000:]}"
            await asyncio.sleep(0.05)

    def count_tasks(self) -> list[int]:
        """What the event loops of its processes have under way."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics")
        request.add_header("Authorization", f"Bearer {METRICS_TOKEN}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return [int(float(line.split()[1])) for line in lines if re.match(r"soporte_tasks[ {]", line)]

    @property
    def descriptors(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids)

    @property
    def memory(self) -> int:
        """Resident bytes."""
        status = "".join(Path(f"/proc/{pid}/status").read_text() for pid in self.pids)
        return sum(int(size) * 1024 for size in re.findall(r"^VmRSS:\s+(\d+)", status, re.MULTILINE))
