"""One database of a copy, SQLite's or MySQL's: its tables as raw rows, streamed and inserted. Every method waits."""

# mypy: disable-error-code="no-untyped-call"

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from supportapp.store.addresses import mysql_arguments, sqlite_path
from supportapp.store.failures import DRIVER_ERRORS, DatabaseUnavailable, RowRefused, translate
from supportapp.store.mysql_setup import SQL_MODE
from supportapp.store.sqlite_connect import connect_sqlite

Row = tuple[str | int | None, ...]
PORTION = 1000
"""Rows that are read at once, and inserted in one transaction."""
LARGEST_STATEMENT = 1_000_000
NUMBERS = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG)


class SideFailed(DatabaseUnavailable):
    """The database `about` (SOURCE_URL, TARGET_URL) does not do what it was asked; `refused` these rows, perhaps."""

    def __init__(self, text: str, about: str, *, refused: bool) -> None:
        super().__init__(text)
        self.about = about
        self.refused = refused


class Side(Protocol):
    """`identity`: what no other database has; moments are text with microseconds on both sides."""

    about: str

    @property
    def identity(self) -> str: ...

    def tables(self) -> set[str]: ...

    def columns(self, table: str) -> list[str]:
        """Those that are written; what the database makes itself is left out."""

    def begin_reading(self) -> None:
        """What is read from now on is as it is at this moment."""

    def read(self, sql: str) -> Iterator[list[Row]]: ...

    def write(self, *statements: tuple[str, Sequence[Row] | None]) -> None:
        """All or nothing; with rows, a statement is done for each."""

    def close(self) -> None: ...


def open_side(url: str, about: str) -> Side:
    """Raises `SideFailed`."""
    return SQLiteSide(url, about) if url.startswith("sqlite") else MySQLSide(url, about)


class SQLiteSide:
    def __init__(self, url: str, about: str) -> None:
        self.about = about
        self._path = sqlite_path(url)
        with words(about):
            self._connection = connect_sqlite(self._path, create=False, raw=True)

    @property
    def identity(self) -> str:
        status = Path(self._path).stat()
        return f"{status.st_dev} {status.st_ino}"

    def tables(self) -> set[str]:
        return names(
            self.read("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        )

    def columns(self, table: str) -> list[str]:
        return [
            str(row[0])
            for some in self.read(f"SELECT name FROM pragma_table_info('{table}')")
            for row in some
        ]

    def begin_reading(self) -> None:
        with words(self.about):
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()

    def read(self, sql: str) -> Iterator[list[Row]]:
        with words(self.about):
            cursor = self._connection.execute(sql)
            while rows := cursor.fetchmany(PORTION):
                yield rows

    def write(self, *statements: tuple[str, Sequence[Row] | None]) -> None:
        with words(self.about):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for sql, rows in statements:
                    if rows is None:
                        self._connection.execute(sql)
                    else:
                        self._connection.executemany(sql.replace("%s", "?"), rows)
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._connection.close()


class MySQLSide:
    def __init__(self, url: str, about: str) -> None:
        self.about = about
        arguments = mysql_arguments(url)
        with words(about):
            self._connection: Any = pymysql.connect(
                database=arguments.pop("db"),
                **arguments,
                connect_timeout=10,
                conv=encoders | dict.fromkeys(NUMBERS, int),
            )
            with self._connection.cursor() as cursor:
                cursor.execute("SET NAMES utf8mb4")
                cursor.execute(
                    f"SET SESSION time_zone = '+00:00', sql_mode = '{SQL_MODE}', net_write_timeout = 600"
                )
                cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("SELECT @@max_allowed_packet")
                self._largest = min(LARGEST_STATEMENT, int(cursor.fetchone()[0]) - 1000)

    @property
    def identity(self) -> str:
        sql = "SELECT CONCAT_WS(' ', @@hostname, @@port, @@datadir, DATABASE())"
        return str(next(self.read(sql))[0][0])

    def tables(self) -> set[str]:
        return names(
            self.read("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
        )

    def columns(self, table: str) -> list[str]:
        rows = self.read(COLUMNS.format(table))
        return [str(row[0]) for some in rows for row in some]

    def begin_reading(self) -> None:
        with words(self.about), self._connection.cursor() as cursor:
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")

    def read(self, sql: str) -> Iterator[list[Row]]:
        with words(self.about):
            cursor = self._connection.cursor(SSCursor)
            cursor.execute(sql)
            while rows := cursor.fetchmany(PORTION):
                yield list(rows)

    def write(self, *statements: tuple[str, Sequence[Row] | None]) -> None:
        with words(self.about), self._connection.cursor() as cursor:
            cursor.max_stmt_length = self._largest
            self._connection.begin()
            try:
                for sql, rows in statements:
                    if rows is None:
                        cursor.execute(sql)
                    else:
                        cursor.executemany(sql, rows)
                self._connection.commit()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        if self._connection._result is not None:
            self._connection._result.unbuffered_active = False
        self._connection._force_close()


def names(rows: Iterator[list[Row]]) -> set[str]:
    return {str(row[0]) for some in rows for row in some}


@contextlib.contextmanager
def words(about: str) -> Iterator[None]:
    """The driver's errors as ours."""
    try:
        yield
    except DRIVER_ERRORS as error:
        failure = translate(error)
        refused = not isinstance(failure, DatabaseUnavailable) or isinstance(failure, RowRefused)
        raise SideFailed(str(failure or error), about, refused=refused) from error


COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = '{}' AND extra NOT LIKE '%GENERATED%' ORDER BY ordinal_position
"""
