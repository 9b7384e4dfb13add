"""One database of a copy: its tables as raw rows, streamed and inserted, whichever dialect it is. Every method waits."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from supportapp.store.failures import DRIVER_ERRORS, DatabaseUnavailable, RowRefused, translate

Row = tuple[str | int | None, ...]
PORTION = 1000
"""Rows that are read at once, and inserted in one transaction."""


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
