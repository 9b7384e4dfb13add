"""The local file of messages that the database could not take yet: fsynced entries, one process at a time."""

import contextlib
import fcntl
import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

import structlog

log = structlog.get_logger("supportapp.spool")


class SpoolRefused(Exception):  # noqa: N818
    """The disk is full, gone or broken: nothing of what was asked for has happened."""


@dataclass(frozen=True, slots=True)
class SpoolRow:
    """A message as its sender gave it, with the account as it was known then."""

    de_usuario: str
    de_nombre: str
    de_rol: str
    para_usuario: str
    mensaje: str
    id_cliente: str
    huella: str
    sesion: float | None = None


class SpoolFile:
    """One SQLite file, and a lock beside it that the kernel releases when its process is gone.

    Not for the event loop: every method waits for the disk, and raises `SpoolRefused` where it says no.
    """

    def __init__(self, path: Path, lock: IO[bytes]) -> None:
        self.path = path
        self._lock = lock
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for statement in (*PRAGMAS, CREATE):
                self._connection.execute(statement)
            if all(row[1] != "sesion" for row in self._connection.execute("PRAGMA table_info(pendientes)")):
                self._connection.execute(ADD_SESION)  # a file of an earlier version
        except BaseException:
            self._connection.close()
            raise

    @classmethod
    def create(cls, folder: Path) -> "SpoolFile":
        """A new empty file in `folder`, which is made where it is missing, for its owner's eyes only."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = cls.take(folder / f"{uuid4().hex}.db")
        except (sqlite3.Error, OSError) as error:
            raise SpoolRefused(str(error)) from error
        assert opened is not None, "nobody else knows this name"
        return opened

    @classmethod
    def take(cls, path: Path) -> "SpoolFile | None":
        """The file at `path`, if no living process has it."""
        lock = path.with_suffix(".lock").open("ab")
        path.with_suffix(".lock").chmod(0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(path, lock)
        except BlockingIOError:
            lock.close()
            return None
        except BaseException:
            lock.close()
            raise

    @classmethod
    def left_behind(cls, folder: Path) -> "list[SpoolFile]":
        """The files in `folder` whose processes are gone, oldest first; they are ours now."""
        paths = sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime)
        return [taken for path in paths if (taken := cls.take_or_put_away(path))]

    @classmethod
    def take_or_put_away(cls, path: Path) -> "SpoolFile | None":
        """The file at `path`; one that is no database any more is kept as `.broken` for a person to look at."""
        try:
            return cls.take(path)
        except sqlite3.DatabaseError as error:
            log.error("a spool cannot be read and was put away", file=str(path), reason=str(error))
            path.rename(path.with_suffix(".broken"))
            return None

    def add(self, rows: Sequence[SpoolRow]) -> None:
        """Keep `rows`, all or none, on the disk when this returns; those that are there already are left as they are."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(INSERT, [astuple(row) for row in rows])
            self._connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            if self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):  # refused as well: the first reason counts
                    self._connection.execute("ROLLBACK")
            raise SpoolRefused(str(error)) from error

    def rows(self) -> list[SpoolRow]:
        """All entries in the order in which they came."""
        return [SpoolRow(*row) for row in self._connection.execute(SELECT)]

    def remove(self, keys: Sequence[tuple[str, str]]) -> None:
        """Forget the entries of these `(de_usuario, id_cliente)`."""
        try:
            self._connection.executemany(DELETE, keys)
        except (sqlite3.Error, OSError) as error:
            raise SpoolRefused(str(error)) from error

    def close(self) -> None:
        """Close it; the file stays if anything is in it, for whoever starts next."""
        empty = not self.rows()
        self._connection.close()
        if empty:
            for path in (self.path, Path(f"{self.path}-journal"), self.path.with_suffix(".lock")):
                path.unlink(missing_ok=True)
        self._lock.close()


PRAGMAS = ("PRAGMA journal_mode = TRUNCATE", "PRAGMA synchronous = FULL")
CREATE = """
    CREATE TABLE IF NOT EXISTS pendientes (
      numero INTEGER PRIMARY KEY, de_usuario TEXT NOT NULL, de_nombre TEXT NOT NULL, de_rol TEXT NOT NULL,
      para_usuario TEXT NOT NULL, mensaje TEXT NOT NULL, id_cliente TEXT NOT NULL, huella TEXT NOT NULL,
      sesion REAL, UNIQUE (de_usuario, id_cliente)
    )
"""
ADD_SESION = "ALTER TABLE pendientes ADD COLUMN sesion REAL"
INSERT = """
    INSERT OR IGNORE INTO pendientes
      (de_usuario, de_nombre, de_rol, para_usuario, mensaje, id_cliente, huella, sesion) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
SELECT = """
    SELECT de_usuario, de_nombre, de_rol, para_usuario, mensaje, id_cliente, huella, sesion FROM pendientes ORDER BY numero
"""
DELETE = "DELETE FROM pendientes WHERE de_usuario = ? AND id_cliente = ?"
