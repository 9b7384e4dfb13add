"""A connection to a SQLite file with the settings that everyone needs."""

import sqlite3
import time
from datetime import datetime
from pathlib import Path

from supportapp.store.folding import fold

BUSY_MS = 2000  # how long a statement waits for another process's lock


def connect_sqlite(
    path: Path, *, readonly: bool = False, create: bool = True, raw: bool = False
) -> sqlite3.Connection:
    """A connection with the settings everyone needs; transactions are begun by hand.

    `create` a file that is not there: the application must not, it would take an emptied place for its database.
    `raw`: values as they lie there, no datetimes and booleans made of them.
    `synchronous=FULL`: a commit that was acknowledged survives the machine's fall.
    """
    sqlite3.register_converter("DATETIME", lambda value: datetime.fromisoformat(value.decode()))
    sqlite3.register_converter("BOOLEAN", lambda value: value != b"0")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
        timeout=BUSY_MS / 1000,
        isolation_level=None,
        detect_types=0 if raw else sqlite3.PARSE_DECLTYPES,
        uri=True,
    )
    try:
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is written over
        connection.create_function("plegar", 1, fold, deterministic=True)
        if readonly:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log, which is kept in the file.

    Only the very first switch takes a lock, and where another process is about to do the same SQLite refuses
    at once, without the waiting that `timeout` asks for.
    """
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
