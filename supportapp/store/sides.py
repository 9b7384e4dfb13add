"""The database of an address as one side of a copy."""

from supportapp.store.side import Side
from supportapp.store.side_mysql import MySQLSide
from supportapp.store.side_sqlite import SQLiteSide


def open_side(url: str, about: str) -> Side:
    """Raises `SideFailed`."""
    return SQLiteSide(url, about) if url.startswith("sqlite") else MySQLSide(url, about)
