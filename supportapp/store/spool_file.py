"""The local file of messages that the database could not take yet: fsynced entries, one process at a time."""

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from uuid import uuid4

import structlog

from supportapp.store.spool_left import Left, left_in
from supportapp.store.spool_lock import SpoolRefused, locked, names, refusals
from supportapp.store.spool_refused import append_refused, forget_refused

__all__ = ["Left", "SpoolFile", "SpoolRefused", "SpoolRow", "left_in"]

log = structlog.get_logger("supportapp.spool")


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
    sesion_clave: str | None = None


class SpoolFile:
    """One SQLite file, and a lock beside it that the kernel releases when its process is gone.

    Not for the event loop: every method waits for the disk, and raises `SpoolRefused` where it says no.
    """

    def __init__(self, path: Path, lock: int) -> None:
        """`lock`: the descriptor that holds the lock, closed with the file."""
        self.path = path
        self._lock = lock
        try:
            self._connection = opened(path)
        except BaseException:
            os.close(lock)
            raise

    @classmethod
    def create(cls, folder: Path) -> "SpoolFile":
        """A new empty file in `folder`, which is made where it is missing, for its owner's eyes only."""
        with refusals():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{uuid4().hex}.db"
            lock = locked(path, new=True)
            assert lock is not None, "nobody else knows this name"
            return cls(path, lock)

    @classmethod
    def take(cls, path: Path) -> "SpoolFile | None":
        """The file at `path`, if it is still there and no living process has it.

        One that is no database any more is kept as `.broken` for a person to look at.
        """
        with refusals():
            lock = locked(path)
            if lock is None:
                return None
            try:
                return cls(path, lock)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in NO_DATABASE:
                    raise
                log.error("a spool cannot be read and was put away", file=str(path), reason=str(error))
                path.rename(path.with_suffix(".broken"))
                return None

    @classmethod
    def left_behind(cls, folder: Path) -> "list[SpoolFile]":
        """The files in `folder` whose processes are gone, oldest first; they are ours now."""
        with refusals():
            paths = names(folder, ".db")
        return [taken for path in paths if (taken := cls.take(path))]

    @property
    def there(self) -> bool:
        """Whether it still has its name, without which nobody would find it again."""
        return self.path.exists()

    def add(self, rows: Sequence[SpoolRow]) -> None:
        """Keep `rows`, all or none, on the disk when this returns; those that are there already are left as they are."""
        self._write(INSERT, [astuple(row) for row in rows])

    def rows(self) -> list[SpoolRow]:
        """All entries in the order in which they came."""
        return [SpoolRow(*row) for row in self._connection.execute(SELECT)]

    def remove(self, keys: Sequence[tuple[str, str]]) -> None:
        """Forget the entries of these `(de_usuario, id_cliente)`, all or none."""
        self._write(DELETE, keys)

    def put_away(self, row: SpoolRow, reason: str) -> Path:
        """Keep `row`, which can never be stored, for a person to look at: a line of JSON in a file beside this one."""
        path = self.path.with_suffix(".refused")
        append_refused(path, {**asdict(row), "reason": reason})
        return path

    def forget(self, people: AbstractSet[str]) -> int:
        """Take out what these people wrote or would have received; how many entries that were."""
        gone = [row for row in self.rows() if not people.isdisjoint((row.de_usuario, row.para_usuario))]
        self.remove([(row.de_usuario, row.id_cliente) for row in gone])
        return len(gone)

    def close(self) -> None:
        """Close it; the file stays if anything is in it, for whoever starts next."""
        with refusals():
            empty = not self.rows()
            self._connection.close()
            if empty:
                for path in (self.path, Path(f"{self.path}-journal"), self.path.with_suffix(".lock")):
                    path.unlink(missing_ok=True)
            os.close(self._lock)

    def _write(self, sql: str, values: Sequence[tuple[str, ...]]) -> None:
        """One transaction: as many entries cost one wait for the disk."""
        with refusals():
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(sql, values)
                self._connection.execute("COMMIT")
            except (sqlite3.Error, OSError):
                if self._connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):  # refused as well: the first reason counts
                        self._connection.execute("ROLLBACK")
                raise


def forget_left(folder: Path, people: AbstractSet[str]) -> None:
    """Take out of what lies in `folder` what these people wrote or would have received, but where a living process works on it.

    Raises `SpoolRefused`.
    """
    for left in SpoolFile.left_behind(folder):
        left.forget(people)
        left.close()
    forget_refused(folder, people)


def opened(path: Path) -> sqlite3.Connection:
    """A connection that waits for the disk, to a file that can be read."""
    connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    try:
        for statement in (*PRAGMAS, CREATE):
            connection.execute(statement)
        there = {row[1] for row in connection.execute("PRAGMA table_info(pendientes)")}
        for column in LATER_COLUMNS:
            if column.split()[0] not in there:  # a file of an earlier version
                connection.execute(f"ALTER TABLE pendientes ADD COLUMN {column}")
        connection.execute(SELECT).fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


NO_DATABASE = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
PRAGMAS = ("PRAGMA journal_mode = TRUNCATE", "PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON")
CREATE = """
    CREATE TABLE IF NOT EXISTS pendientes (
      numero INTEGER PRIMARY KEY, de_usuario TEXT NOT NULL, de_nombre TEXT NOT NULL, de_rol TEXT NOT NULL,
      para_usuario TEXT NOT NULL, mensaje TEXT NOT NULL, id_cliente TEXT NOT NULL, huella TEXT NOT NULL,
      sesion REAL, sesion_clave TEXT, UNIQUE (de_usuario, id_cliente)
    )
"""
COLUMNS = ", ".join(SpoolRow.__slots__)
INSERT = f"INSERT OR IGNORE INTO pendientes ({COLUMNS}) VALUES ({', '.join('?' * len(SpoolRow.__slots__))})"
SELECT = f"SELECT {COLUMNS} FROM pendientes ORDER BY numero"
LATER_COLUMNS = ("sesion REAL", "sesion_clave TEXT")
DELETE = "DELETE FROM pendientes WHERE de_usuario = ? AND id_cliente = ?"
