"""The two ways a database fails its callers, and what each driver's errors mean in them."""

import sqlite3

from pymysql.err import DataError, Error, IntegrityError, InterfaceError, InternalError, OperationalError


class DatabaseUnavailable(Exception):  # noqa: N818
    """The database is away, too slow, locked or out of room: nothing is wrong with the request."""


class DatabaseMissing(DatabaseUnavailable):
    """There is no such file: waiting for it does not help."""


class NoRoom(DatabaseUnavailable):
    """The server gives this account, or anybody, no more connections than it has."""


class RowRefused(Exception):  # noqa: N818
    """The database refuses these rows; `duplicate` where a unique key already holds one of them."""

    def __init__(self, text: str, *, duplicate: bool = False) -> None:
        super().__init__(text)
        self.duplicate = duplicate


DRIVER_ERRORS = (sqlite3.Error, Error, OSError, EOFError, UnicodeEncodeError, OverflowError)


def translate(error: BaseException) -> Exception | None:
    """`error` of a driver as one of ours; None for a mistaken statement, which is our own fault."""
    if isinstance(error, UnicodeEncodeError | OverflowError):  # a lone surrogate, a number over 64 bits
        return RowRefused(f"{type(error).__name__}: cannot be stored")
    if isinstance(error, sqlite3.Error):
        return _translate_sqlite(error)
    if isinstance(error, Error):
        return _translate_mysql(error)
    return DatabaseUnavailable(str(error) or type(error).__name__)  # sockets and files


def _translate_sqlite(error: sqlite3.Error) -> Exception | None:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
        return RowRefused(str(error), duplicate=code in _SQLITE_DUPLICATE)
    if code & 0xFF in _SQLITE_AWAY:
        return DatabaseUnavailable(str(error))
    return None


def _translate_mysql(error: Error) -> Exception | None:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = f"{code}: {error.args[-1] if error.args else type(error).__name__}"
    if error.__cause__ is not None:  # aiomysql hides behind its own words why it could not connect
        text += f" ({error.__cause__})"
    if isinstance(error, IntegrityError | DataError) or code in _MYSQL_ROW:
        return RowRefused(text, duplicate=code == _MYSQL_DUPLICATE)
    if code in _MYSQL_NO_ROOM:
        return NoRoom(text)
    if isinstance(error, OperationalError | InternalError | InterfaceError) and code not in _MYSQL_STATEMENT:
        return DatabaseUnavailable(text)
    return None


_SQLITE_DUPLICATE = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)
_MYSQL_DUPLICATE = 1062
_MYSQL_ROW = frozenset({1153, 1300, 3140, 3819, 4025})
"""Too large a packet, which half of the rows may not be; invalid characters; CHECK constraints (MySQL, MariaDB)."""
_MYSQL_NO_ROOM = frozenset({1040, 1203, 1226})
_MYSQL_STATEMENT = frozenset({1052, 1054, 1055, 1136, 1176, 1222, 1241, 1242, 1248, 1267, 1271})
