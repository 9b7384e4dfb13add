"""A MySQL or MariaDB database as one side of a copy."""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Iterator, Sequence
from typing import Any

from pymysql.constants import FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from supportapp.store.mysql_connect import connect_mysql
from supportapp.store.mysql_setup import SQL_MODE
from supportapp.store.side import PORTION, Row, names, words

LARGEST_STATEMENT = 1_000_000
NUMBERS = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG)


class MySQLSide:
    def __init__(self, url: str, about: str) -> None:
        self.about = about
        with words(about):
            self._connection = connect_mysql(url, conv=encoders | dict.fromkeys(NUMBERS, int))
            with self._connection.cursor() as cursor:
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
        cut(self._connection)


def cut(connection: Any) -> None:
    """Close it at once: what the server still had to say is not listened to."""
    if connection._result is not None:
        connection._result.unbuffered_active = False
    connection._force_close()


COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = '{}' AND extra NOT LIKE '%GENERATED%' ORDER BY ordinal_position
"""
