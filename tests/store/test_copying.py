"""A copy knows every table of ours and every moment in them."""

import re
from pathlib import Path

import pytest

from supportapp.store.copied_tables import TABLES, Sum
from supportapp.store.foreign_tables import COLUMN, CREATED
from supportapp.store.migrations import SQL

ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) DATETIME")
MOMENT = re.compile(r"^  (\w+) DATETIME", re.MULTILINE)


@pytest.mark.parametrize("dialect", ["mysql", "sqlite"])
def test_no_table_and_no_moment_of_the_schema_is_forgotten(dialect: str) -> None:
    files = [path.read_text(encoding="utf-8") for path in sorted(Path(SQL / dialect).glob("*.sql"))]
    created = {found[1]: found[2] for text in files if (found := CREATED.search(text))}
    moments = {table: set(MOMENT.findall(columns)) for table, columns in created.items()}
    for table, column in (found.groups() for text in files if (found := ADDED.search(text))):
        moments[table].add(column)
    assert all(COLUMN.findall(columns) for columns in created.values())
    assert {table: set(columns) for table, columns in TABLES.items()} == moments


def test_a_sum_knows_every_byte_and_no_order() -> None:
    rows: list[tuple[str | int | None, ...]] = [(1, "e\u0301", None), (2, "é", "")]
    sums = [Sum() for _ in range(4)]
    sums[0].add(rows)
    sums[1].add(rows[::-1])
    sums[2].add([(1, "é", None), rows[1]])
    sums[3].add([(1, "e\u0301", ""), rows[1]])
    assert sums[0] == sums[1]
    assert sums[0] not in sums[2:]
