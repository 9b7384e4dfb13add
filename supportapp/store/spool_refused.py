"""`.refused` in the spool's folder: messages that no database takes, a line of JSON each, for a person to look at."""

import fcntl
import json
import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from supportapp.store.spool_lock import names, refusals

APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def append_refused(path: Path, values: Mapping[str, object]) -> None:
    """Add a line, on the disk when this returns; raises `SpoolRefused`."""
    line = json.dumps(values, ensure_ascii=False)
    with refusals(), os.fdopen(os.open(path, APPENDING, 0o600), "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def forget_refused(folder: Path, people: AbstractSet[str]) -> int:
    """Take out what these people wrote or would have received; how many lines that were. Raises `SpoolRefused`.

    Written over in its place: no copy of it stays beside it, and nobody adds a line meanwhile.
    """
    forgotten = 0
    with refusals():
        for path in names(folder, ".refused"):
            with path.open("r+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                lines = file.readlines()
                kept = [line for line in lines if not is_of(line, people)]
                if len(kept) == len(lines):
                    continue
                forgotten += len(lines) - len(kept)
                file.seek(0)
                file.writelines(kept)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
    return forgotten


def is_of(line: str, people: AbstractSet[str]) -> bool:
    try:
        values = json.loads(line)
    except ValueError:  # half a line, of a disk that was full: nobody can say whose it is
        return True
    return not people.isdisjoint((values.get("de_usuario"), values.get("para_usuario")))
