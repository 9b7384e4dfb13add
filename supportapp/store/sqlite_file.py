"""The file of a SQLite database under its name: what is written to one that has lost its name is lost."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import structlog

from supportapp.store.failures import DatabaseMissing, DatabaseUnavailable

ENDINGS = ("", "-wal", "-shm")
Names = tuple[tuple[int, int] | None, ...]
log = structlog.get_logger("supportapp.database")


class DatabaseFile:
    """The database at `path` for all connections of this process, which come from threads of their own.

    Where another file lies at its name, it is used only if it is a copy of this database: a restored backup, but
    neither an empty one nor somebody else's, into which messages would vanish.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._paths = [f"{path}{ending}" for ending in ENDINGS]
        self._mutex = Lock()
        self._known: tuple[int, int] | None = None
        self._lineage: frozenset[str] = frozenset()
        self._complained = False
        self.names: Names = ()
        """What has the names now, as far as any connection knows; one that opened something else is of no use."""

    def open(self, connect: Callable[[Path], sqlite3.Connection]) -> tuple[sqlite3.Connection, Names]:
        """A connection by `connect`, and what has the names of its files; raises `DatabaseUnavailable`."""
        if not self.path.exists():
            self._complain(reason := f"{self.path} is not there")
            raise DatabaseMissing(f"{reason}; python -m supportapp migrate makes a new one")
        connection = connect(self.path)
        try:
            connection.execute(READ).fetchone()  # opens the log, too
            names = self._look()
            self._recognise(connection, names)
        except BaseException:
            connection.close()
            raise
        return connection, names

    def check(self, connection: sqlite3.Connection, names: Names) -> None:
        """Raise `DatabaseUnavailable` where the files that `connection` opened no longer have their names.

        What is in the log is then brought into the database: into the one that lost its name, because what stays
        in the log would be taken for the next one's; or, where only the log was removed, into the one that is left.
        """
        if self._look() == names:
            return
        self.names = ()
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        reason = f"{self.path} was removed or replaced"
        self._complain(reason)
        raise DatabaseUnavailable(reason)

    def _look(self) -> Names:
        """Device and inode of the file, its log and the log's index; None where there is nothing of that name."""
        return tuple(_identity(path) for path in self._paths)

    def _recognise(self, connection: sqlite3.Connection, names: Names) -> None:
        lineage = _lineage(connection)
        with self._mutex:
            if self._lineage and names[0] != self._known and not lineage & self._lineage:
                reason = f"another database lies at {self.path}: restart to use it"
            else:
                reason = ""
                self._lineage |= lineage
                self._known, self.names = names[0], names
                if self._complained:
                    log.warning("the database's file is there again", file=str(self.path))
                self._complained = False
        if reason:
            self._complain(reason)
            raise DatabaseUnavailable(reason)

    def _complain(self, reason: str) -> None:
        """One line a change: the disk that has no room may be the log's, too."""
        with self._mutex:
            if self._known and not self._complained:
                log.error("the database's file is gone, nothing is stored until it is back", reason=reason)
                self._complained = True


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116  # a third of what Path takes, a dozen times a transaction
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _lineage(connection: sqlite3.Connection) -> frozenset[str]:
    """The epochs of the history that is in this database; nothing where it is none of ours."""
    with contextlib.suppress(sqlite3.Error):
        return frozenset(row[0] for row in connection.execute(LINEAGE))
    return frozenset()


READ = "SELECT COUNT(*) FROM sqlite_master"
LINEAGE = "SELECT valor FROM meta WHERE clave = 'epoca' UNION SELECT clave FROM meta WHERE valor = 'anterior'"
