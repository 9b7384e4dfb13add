"""A small and a large database of each kind: filled, served, and asked how they would answer."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Protocol

from supportapp.store.sqlite_connect import connect_sqlite
from tests.bench import plans
from tests.bench.fill import fill_mariadb, fill_sqlite
from tests.bench.servers import Server, on_mariadb, on_sqlite
from tests.services.mariadb import MariaDB

LATEST = "SELECT ultimo_id FROM conversaciones ORDER BY ultimo_id"

Watched = tuple[Server, plans.Asked]


class Store(Protocol):
    """Databases of one kind, by name."""

    def fill(self, name: str, messages: int) -> None:
        """Make the database `name` with so many messages."""

    def latest(self, name: str) -> list[int]:
        """The ids of the last message of each conversation, in order."""

    def serve(self, name: str) -> AbstractContextManager[Server]:
        """The chat on it."""

    def watch(self, name: str) -> AbstractContextManager[Watched]:
        """The chat on it, and how to learn what it asks its database."""

    def whole_tables(self, name: str, statement: str) -> set[str]:
        """Which tables it would read from end to end for a SELECT."""


class OnMariaDB:
    def __init__(self, mariadb: MariaDB, folder: Path) -> None:
        self._mariadb, self._folder = mariadb, folder

    def fill(self, name: str, messages: int) -> None:
        fill_mariadb(self._mariadb, name, messages)

    def latest(self, name: str) -> list[int]:
        return [row["ultimo_id"] for row in self._mariadb.execute(LATEST, database=name)]

    def serve(self, name: str) -> AbstractContextManager[Server]:
        return on_mariadb(self._mariadb, self._folder, name)

    @contextmanager
    def watch(self, name: str) -> Iterator[Watched]:
        with self.serve(name) as server:
            yield server, plans.asked_of_mariadb(self._mariadb)

    def whole_tables(self, name: str, statement: str) -> set[str]:
        return plans.whole_tables_in_mariadb(self._mariadb, name, statement)


class OnSQLite:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self, name: str, messages: int) -> None:
        fill_sqlite(self._file(name), messages)

    def latest(self, name: str) -> list[int]:
        with closing(connect_sqlite(self._file(name), readonly=True)) as connection:
            return [row[0] for row in connection.execute(LATEST)]

    def serve(self, name: str) -> AbstractContextManager[Server]:
        return on_sqlite(self._file(name), self._folder)

    @contextmanager
    def watch(self, name: str) -> Iterator[Watched]:
        trace = self._folder / f"{name}.trace"
        with on_sqlite(
            self._file(name), self._folder, sys.executable, "-m", "tests.bench.traced", str(trace)
        ) as server:
            yield server, plans.asked_of_sqlite(trace)

    def whole_tables(self, name: str, statement: str) -> set[str]:
        return plans.whole_tables_in_sqlite(self._file(name), statement)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.db"


def store(database: str, mariadb: Callable[[], MariaDB], folder: Path) -> Store:
    """That of `mariadb` or `sqlite`."""
    return OnMariaDB(mariadb(), folder) if database == "mariadb" else OnSQLite(folder)
