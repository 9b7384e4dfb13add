"""Python runs this at its start where this folder is in PYTHONPATH: at SIGUSR1 the wall clock jumps.

The file `CLOCK_FILE` says how many seconds it then is ahead of the machine's; `time.monotonic` goes on, as it does then.
"""

import os
import signal
import time
from pathlib import Path

began = time.time() - time.monotonic()
journeys = []  # type: ignore[var-annotated]


def jump(*_: object) -> None:
    import time_machine  # noqa: PLC0415  # what never jumps runs without it

    if not journeys:
        journeys.append(time_machine.travel(0, tick=True).start())
    ahead = float(Path(os.environ["CLOCK_FILE"]).read_text())
    journeys[0].move_to(began + time.monotonic() + ahead)


signal.signal(signal.SIGUSR1, jump)
