"""The clock that schedules let jump really does, and only when it is told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.processes import CLOCK

TELL = "import sys, time\nfor line in sys.stdin: print(time.time(), time.monotonic(), flush=True)"


def test_the_wall_clock_jumps_and_the_other_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    environment = {**os.environ, "PYTHONPATH": str(CLOCK), "CLOCK_FILE": str(file)}
    command = [sys.executable, "-c", TELL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as told:
        assert told.stdin
        assert told.stdout
        for ahead in (None, 1500, -1500, 0):
            if ahead is not None:
                file.write_text(str(ahead))
                told.send_signal(signal.SIGUSR1)
                time.sleep(0.3)
            told.stdin.write(b"\n")
            told.stdin.flush()
            wall, steady = map(float, told.stdout.readline().split())
            assert abs(wall - time.time() - (ahead or 0)) < 1
            assert abs(steady - time.monotonic()) < 1
        told.stdin.close()
