"""A whole chat copied into an empty database, on the other dialect or the same, and compared row by row."""

from collections.abc import Callable, Mapping, Sequence

from supportapp.errors import StartError
from supportapp.store.copied_tables import LAST, TABLES, Sum, stored
from supportapp.store.side import Side

MARK = "copia"
"""In `meta` of the target while it is copied: with the counter at its beginning no chat stores anything there."""
USED = ("mensajes", "conversaciones", "lecturas", "sesiones", "importados", "auditoria", "enlaces")
VERSIONS = "_yoyo_migration"


def applied(side: Side) -> frozenset[str]:
    """The migrations that the database has; none where it is no chat's."""
    if VERSIONS not in side.tables():
        return frozenset()
    return frozenset(
        str(row[0]) for some in side.read(f"SELECT migration_id FROM {VERSIONS}") for row in some
    )


def refuse_used(source: Side, target: Side) -> None:
    """`StartError` where something is in the target that is not from a copy of this source that was broken off."""
    if source.identity == target.identity:
        raise StartError("SOURCE_URL and TARGET_URL are the same database.")
    if mark(source):
        raise StartError("SOURCE_URL is itself a copy that was broken off: copy from where it was made.")
    begun = mark(target)
    if begun:
        if begun != one(source, "SELECT valor FROM meta WHERE clave = 'epoca'"):
            raise StartError(
                "In TARGET_URL a copy of another chat was broken off. Give this one an empty database."
            )
        return
    others = "SELECT 1 FROM usuarios WHERE usuario <> 'admin' LIMIT 1"
    rows = {table: f"SELECT 1 FROM {table} LIMIT 1" for table in USED} | {"usuarios": others}
    if full := [table for table, sql in rows.items() if one(target, sql)]:
        raise StartError(
            f"TARGET_URL is not empty (rows in {', '.join(full)}): nothing was written. Copy into a new database."
        )


def copy_tables(
    source: Side, target: Side, told: Callable[[int, int], None], last_look: Callable[[], None]
) -> dict[str, Sum]:
    """Copy everything as it is at one moment and read it again; raises `StartError`, `SideFailed`.

    `last_look` may refuse before it is finished. Broken off at any point it is begun anew: only the last transaction makes it a chat.
    """
    source.begin_reading()
    columns = {table: same_columns(source, target, table) for table in TABLES}
    total = sum(int(one(source, f"SELECT COUNT(*) FROM {table}") or 0) for table in TABLES)
    epoca = one(source, "SELECT valor FROM meta WHERE clave = 'epoca'")
    data = [table for table in TABLES if table not in LAST]
    target.write(
        (f"DELETE FROM meta WHERE clave = '{MARK}'", None),
        ("INSERT INTO meta (clave, valor) VALUES (%s, %s)", [(MARK, epoca)]),
        *((f"DELETE FROM {table}", None) for table in reversed(data)),
        ("UPDATE secuencia SET valor = 0", None),
    )
    sums, done = {}, 0
    for table in data:
        sums[table] = Sum()
        for rows in stored(source, table, columns[table]):
            sums[table].add(rows)
            target.write((insert(table, columns[table]), rows))
            done += len(rows)
            told(done, total)
    for table in data:
        compare(target, table, columns[table], sums[table])
    last_look()
    finish(source, target, columns, sums)
    return sums


def finish(source: Side, target: Side, columns: Mapping[str, list[str]], sums: dict[str, Sum]) -> None:
    """The counters and the epoch, in one transaction: from now on it is the same chat."""
    last = {table: [row for some in stored(source, table, columns[table]) for row in some] for table in LAST}
    target.write(
        *((f"DELETE FROM {table}", None) for table in LAST),
        *((insert(table, columns[table]), rows) for table, rows in last.items()),
    )
    for table, rows in last.items():
        sums[table] = Sum()
        sums[table].add(rows)
        compare(target, table, columns[table], sums[table])


def moved_on(source: Side, again: Side) -> int:
    """How many messages more `again` has, another look at the source, than there were at the moment of the copy."""
    counter = "SELECT valor FROM secuencia WHERE nombre = 'mensajes'"
    return int(one(again, counter) or 0) - int(one(source, counter) or 0)


def same_columns(source: Side, target: Side, table: str) -> list[str]:
    ours, theirs = source.columns(table), target.columns(table)
    if set(ours) != set(theirs):
        other = sorted(set(ours) ^ set(theirs))
        raise StartError(
            f"The table {table} has other columns there than here ({', '.join(other)}). Nothing was written."
        )
    return ours


def compare(target: Side, table: str, columns: list[str], there: Sum) -> None:
    here = Sum()
    for rows in stored(target, table, columns):
        here.add(rows)
    if here != there:
        raise StartError(
            f"The copy of {table} is not the same ({there} there, {here} here). Does somebody write to TARGET_URL? Copy again."
        )


def insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"


def mark(side: Side) -> object:
    return one(side, f"SELECT valor FROM meta WHERE clave = '{MARK}'")


def one(side: Side, sql: str) -> str | int | None:
    """The first column of the first row."""
    found = [row[0] for some in side.read(sql) for row in some]
    return found[0] if found else None
