"""A copy of a SQLite database as it is at one moment, while others write. Every function waits."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from supportapp.errors import StartError
from supportapp.store.failures import DRIVER_ERRORS, DatabaseUnavailable, translate
from supportapp.store.sqlite_connect import connect_sqlite
from supportapp.store.sqlite_file import ENDINGS


def copy_online(source: Path, target: Path) -> None:
    """Into a new file that only its owner reads, in one step: a copy in several begins anew at every write of the chat."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        words(),
        closing(connect_sqlite(source, readonly=True, create=False)) as there,
        closing(sqlite3.connect(target, isolation_level=None)) as here,
    ):
        there.backup(here)


def close_file(path: Path) -> None:
    """Check its pages, and make it one file without a log beside it that is on the disk."""
    with words(), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
        if found != ["ok"]:
            raise StartError(f"The copy is damaged ({found[0]}), so the database is, too. Nothing was kept.")
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    sync(path)


def give_name(temporary: Path, name: Path) -> None:
    """The name appears when all is there, and never in the place of another file."""
    try:
        os.link(temporary, name)
    except FileExistsError:
        raise StartError(f"{name} exists already; nothing was overwritten.") from None
    temporary.unlink()
    sync(name.parent)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def forget(temporary: Path) -> None:
    """What is left of a backup that did not succeed."""
    for ending in (*ENDINGS, "-journal"):
        with suppress(FileNotFoundError):
            Path(f"{temporary}{ending}").unlink()


@contextmanager
def words() -> Iterator[None]:
    """The driver's errors as ours."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise DatabaseUnavailable(str(translate(error) or error)) from error
