"""Whether the tables of a database are ours or another program's of the same names."""

import re
from pathlib import Path
from typing import Any

from supportapp.errors import StartError
from supportapp.store.yoyo_backends import MySQL

CREATED = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*)\)", re.DOTALL)
COLUMN = re.compile(r"^  ([a-z]\w*) ", re.MULTILINE)


def refuse_foreign_tables(backend: Any, folder: Path) -> None:
    """`CREATE TABLE IF NOT EXISTS` is content with any table of that name; one of ours has the columns of its file."""
    there = set(backend.list_tables())
    for path in sorted(folder.glob("*.sql")):
        found = CREATED.search(path.read_text(encoding="utf-8"))
        if not found or found[1] not in there:
            continue
        lacking = sorted(set(COLUMN.findall(found[2])) - _columns(backend, found[1]))
        if lacking:
            raise StartError(
                f"This database has a table {found[1]} of another program (without {', '.join(lacking)}). "
                "Nothing was changed. Give the chat a database of its own in DATABASE_URL."
            )


def _columns(backend: Any, table: str) -> set[str]:
    sql = "SELECT name FROM pragma_table_info(:name)"
    if isinstance(backend, MySQL):
        sql = (
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND table_name = :name"
        )
    return {row[0] for row in backend.execute(sql, {"name": table}).fetchall()}
