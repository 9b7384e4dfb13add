"""Which statements a page asks its database for, and how the database means to answer them."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from supportapp.store.sqlite_connect import connect_sqlite
from tests.bench.servers import NotMeasurable
from tests.services.mariadb import MariaDB

TABLE = re.compile(
    r"\b(?:FROM|JOIN)\s+(mensajes|usuarios|conversaciones|lecturas)\b(?:\s*/\*.*?\*/)?(?:\s+(?:AS\s+)?(?!ON\b|WHERE\b)(\w+))?"
)
TRIES = 3
"""The chat asks by itself now and then: the page's own are the fewest that were seen while it was drawn."""

Asked = Callable[[Callable[[], object]], list[str]]
"""Does something and returns the statements that the database was asked meanwhile."""


def fewest(asked: Asked, draw: Callable[[], object]) -> list[str]:
    """The statements of what `draw` does; raises `NotMeasurable` where none is seen."""
    found = [statements for _ in range(TRIES) if (statements := asked(draw))]
    if not found:
        raise NotMeasurable("no statement was seen")
    return min(found, key=len)


def asked_of_mariadb(mariadb: MariaDB) -> Asked:
    """From its general log, which is only on meanwhile."""

    def asked(draw: Callable[[], object]) -> list[str]:
        with closing(mariadb.connect("mysql")) as connection, connection.cursor() as cursor:
            for statement in ("log_output = 'TABLE'", "general_log = 1"):
                cursor.execute(f"SET GLOBAL {statement}")
            try:
                draw()
            finally:
                cursor.execute("SET GLOBAL general_log = 0")
            cursor.execute(
                "SELECT CONVERT(argument USING utf8mb4) FROM general_log"
                " WHERE command_type = 'Query' AND thread_id <> CONNECTION_ID() ORDER BY event_time"
            )
            statements = [text for (text,) in cursor.fetchall()]
            cursor.execute("TRUNCATE general_log")
        return statements

    return asked


def asked_of_sqlite(trace: Path) -> Asked:
    """From what `tests.bench.traced` writes to `trace`."""

    def asked(draw: Callable[[], object]) -> list[str]:
        before = trace.stat().st_size
        draw()
        with trace.open() as file:
            file.seek(before)
            return [json.loads(line) for line in file if line.endswith("\n")]

    return asked


def whole_tables_in_mariadb(mariadb: MariaDB, database: str, statement: str) -> set[str]:
    """The tables that MariaDB means to read from end to end for a SELECT."""
    rows = mariadb.execute(f"EXPLAIN {statement}", database=database)
    return {
        names(statement).get(row["table"], row["table"])
        for row in rows
        if row["type"] == "ALL" and not str(row["table"]).startswith("<")
    }


def whole_tables_in_sqlite(file: Path, statement: str) -> set[str]:
    """The tables that SQLite means to read from end to end for a SELECT, and by no index."""
    known = names(statement)
    with closing(connect_sqlite(file, readonly=True)) as connection:
        steps = [row[3].split() for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return {
        known[step[1]] for step in steps if step[0] == "SCAN" and step[1] in known and "USING" not in step
    }


def names(statement: str) -> dict[str, str]:
    """The tables of `statement` by the names they have there."""
    found = {alias or table: table for table, alias in TABLE.findall(statement)}
    return found | {table: table for table in found.values()}


def is_read(statement: str) -> bool:
    return statement.lstrip().upper().startswith(("SELECT", "WITH"))
