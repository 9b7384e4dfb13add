"""yoyo's two backends and its way of applying a file, their faults mended."""

# mypy: disable-error-code="no-untyped-call"

import getpass
import os
import socket
import uuid
from datetime import UTC, datetime
from typing import Any

from yoyo.backends.core.mysql import MySQLBackend
from yoyo.backends.core.sqlite3 import SQLiteBackend

from supportapp.store.addresses import sqlite_path
from supportapp.store.failures import DRIVER_ERRORS
from supportapp.store.mysql_connect import connect_mysql
from supportapp.store.sqlite_connect import connect_sqlite

_MYSQL_THERE = frozenset({1060, 1061})  # the column, the key is already there
_SQLITE_THERE = "duplicate column name"


class Log:
    """yoyo's own does not know what to write where a number runs it: containers have no name for one."""

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        return {
            "id": str(uuid.uuid1()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": user(),
            "hostname": socket.gethostname(),
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }


class MySQL(Log, MySQLBackend):
    """yoyo's own forgets the TLS that was asked for, and leaves the character set to the server."""

    def connect(self, dburi: Any) -> Any:
        return connect_mysql(dburi.args["url"])


class SQLite(Log, SQLiteBackend):
    """yoyo's own shares its cache with the application's connections, where a lock is not waited for."""

    def connect(self, dburi: Any) -> Any:
        return connect_sqlite(sqlite_path(dburi.args["url"]))


def user() -> str:
    """Who runs this, by name or else by number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())


def apply_one(backend: Any, migration: Any) -> None:
    """Apply one file; a column or key that a killed run has added already needs only the mark.

    Neither MySQL nor SQLite knows `ADD COLUMN IF NOT EXISTS`.
    """
    try:
        backend.apply_one(migration)
    except DRIVER_ERRORS as error:
        cause: BaseException = error
        while isinstance(cause.__context__, DRIVER_ERRORS):
            cause = cause.__context__  # yoyo stumbled over the savepoint that DDL had ended
        what = cause.args[0] if cause.args else None
        if what not in _MYSQL_THERE and _SQLITE_THERE not in str(what):
            raise cause from None
        with backend.transaction():
            backend.mark_one(migration)
