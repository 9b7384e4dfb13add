"""Statements as each dialect wants them: named values, multi-row inserts, upserts, LIKE patterns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

Dialect = Literal["mysql", "sqlite"]

MOST_ROWS = 500  # of one INSERT: below SQLite's limit of values
NOTHING: Mapping[str, object] = MappingProxyType({})


class Query(NamedTuple):
    """A statement with `:named` values; datetimes are naive UTC."""

    sql: str
    values: Mapping[str, object] = NOTHING


class Insert(NamedTuple):
    """One multi-row INSERT: 3 µs a row where `databases` takes 188. `ending`: what of rows that are there already."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    ending: str = ""


Statement = Query | Insert

BEGIN: Mapping[Dialect, Query] = MappingProxyType(
    {"mysql": Query("BEGIN"), "sqlite": Query("BEGIN IMMEDIATE")}
)
"""IMMEDIATE: a deferred transaction that reads, then writes, fails where another one wrote in between."""
COMMIT, ROLLBACK = Query("COMMIT"), Query("ROLLBACK")


@lru_cache(maxsize=512)
def pyformat(sql: str) -> str:
    """`sql` with `:named` values as `%(named)s`, as aiomysql wants it; other percent signs stay themselves."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


def insert_into(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES "


def inserts(
    table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], ending: str = ""
) -> Iterator[Insert]:
    """One for each 500 of `rows`."""
    for start in range(0, len(rows), MOST_ROWS):
        yield Insert(table, columns, rows[start : start + MOST_ROWS], ending)


def on_duplicate(dialect: Dialect, key: Sequence[str], columns: Sequence[str]) -> str:
    """The end of an INSERT that replaces the columns outside `key` where the row is already there.

    MySQL's newer `AS new` form is unknown to MariaDB, so both get `VALUES()`.
    """
    others = [column for column in columns if column not in key]
    if dialect == "sqlite":
        target = f" ON CONFLICT ({', '.join(key)}) DO "
        changes = ", ".join(f"{column} = excluded.{column}" for column in others)
        return target + (f"UPDATE SET {changes}" if others else "NOTHING")
    changes = ", ".join(f"{column} = VALUES({column})" for column in others)
    return f" ON DUPLICATE KEY UPDATE {changes or f'{key[0]} = {key[0]}'}"


def placeholders(prefix: str, values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """The inside of an `IN (…)` for `values`, and the values by the names that stand in it."""
    named = {f"{prefix}{position}": value for position, value in enumerate(values)}
    return ", ".join(f":{name}" for name in named), named


def containing(text: str) -> str:
    """The LIKE pattern (with ESCAPE '!') of what contains `text`, every character of it taken literally."""
    return "%" + _SPECIAL.sub(r"!\1", text) + "%"


_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_SPECIAL = re.compile(r"([!%_])")
