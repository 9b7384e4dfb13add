"""A SQLite database as one side of a copy."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from supportapp.store.addresses import sqlite_path
from supportapp.store.side import PORTION, Row, names, words
from supportapp.store.sqlite_connect import connect_sqlite


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
