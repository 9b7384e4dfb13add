"""What lies in the spool's folder that no process works on: for whoever starts, and for the doctor."""

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from supportapp.store.spool_lock import locked, names, refusals


@dataclass(frozen=True, slots=True)
class Left:
    """A file in the spool's folder that no process works on, and how many messages lie in it.

    `what`: `waiting` for a process on their database; `refused` by it, one by one, for a reason of their own;
    `broken`, so that nobody can say how many.
    """

    path: Path
    what: str
    count: int


def left_in(parent: Path) -> list[Left]:
    """What lies under `parent`, the spool's folder, that nobody works on; raises `SpoolRefused`."""
    found: list[Left] = []
    with refusals():
        for folder in sorted(parent.glob("*/")):
            found += [Left(path, "broken", 0) for path in names(folder, ".broken")]
            found += [Left(path, "refused", _lines(path)) for path in names(folder, ".refused")]
            found += [left for path in names(folder, ".db") if (left := _waiting(path))]
    return found


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _waiting(path: Path) -> Left | None:
    """The file at `path`; None where a living process has it, or nothing is in it."""
    lock = locked(path)
    if lock is None:
        return None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        with contextlib.closing(connection):
            count = int(connection.execute(COUNT).fetchone()[0])
        return Left(path, "waiting", count) if count else None
    except sqlite3.Error:
        return Left(path, "broken", 0) if path.exists() else None
    finally:
        os.close(lock)


COUNT = "SELECT COUNT(*) FROM pendientes"
