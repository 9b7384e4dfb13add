"""Who works on which file of the spool: a lock beside it, which the kernel releases when its process is gone."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SpoolRefused(Exception):  # noqa: N818
    """The disk is full, gone or broken: nothing of what was asked for has happened."""


@contextmanager
def refusals() -> Iterator[None]:
    """What the disk says no to as `SpoolRefused`, in its words."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SpoolRefused(str(error)) from error


def locked(path: Path, *, new: bool = False) -> int | None:
    """The descriptor of the lock beside `path`, held; None where a living process has it or `path` is gone.

    `new`: the file is yet to be made. A file goes only when it is empty, and before its lock: whoever waited for
    that lock finds no file, and must not make it again.
    """
    name = path.with_suffix(".lock")
    lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    if not new and not path.exists():
        name.unlink(missing_ok=True)
        os.close(lock)
        return None
    return lock


def names(folder: Path, suffix: str) -> list[Path]:
    """The files in `folder` that end so, oldest first; what goes meanwhile, as files of others do, is left out."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(suffix):
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.stat().st_mtime, entry.path))
    return [Path(path) for _, path in sorted(found)]
