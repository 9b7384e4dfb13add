"""The last resort of a process that has been told to end."""

import os
import sys
import threading

WATCHDOG_SECONDS = 10.0  # well before the platform's SIGKILL, usually 30 s


def watch_the_end() -> None:
    """From now on the process has `WATCHDOG_SECONDS`; harmless to repeat."""
    watchdog = threading.Timer(WATCHDOG_SECONDS, give_up)
    watchdog.daemon = True
    watchdog.start()


def give_up() -> None:
    """On a thread of its own: the loop hangs or a thread does not end."""
    line = f"Did not end within {WATCHDOG_SECONDS:.0f} s: leaving without waiting longer."
    print(line, file=sys.stderr, flush=True)
    os._exit(1)
