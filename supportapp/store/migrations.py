"""Applies `sql/<dialect>/NNN_name.sql` once each, in order, with yoyo; tells what is still to be applied."""

# mypy: disable-error-code="no-untyped-call"

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yoyo import read_migrations
from yoyo.connections import parse_uri
from yoyo.exceptions import LockTimeout

from supportapp.config import PROJECT
from supportapp.errors import StartError
from supportapp.store.addresses import sqlite_path
from supportapp.store.connection import Connection
from supportapp.store.database import Database
from supportapp.store.failures import DRIVER_ERRORS, translate
from supportapp.store.foreign_tables import refuse_foreign_tables
from supportapp.store.yoyo_backends import MySQL, SQLite, apply_one

SQL = PROJECT / "sql"
TABLE = "_yoyo_migration"
LOCK_WAIT = 10.0  # seconds for another process that migrates


class MigrationLocked(Exception):  # noqa: N818
    """Another process migrates, or one was killed while it did; the text says what to do."""


def migrate(database_url: str, *, progress: Callable[[str], None], sql: Path = SQL) -> int:
    """Apply what is pending, each file its own step, and tell `progress` each name before it is applied.

    The number applied. A killed run is simply run again: each file bears being applied twice. Raises `DatabaseUnavailable`,
    `MigrationLocked`, and `StartError` where files are missing or tables are another program's; nothing is marked then.
    """
    folder = sql / _dialect(database_url)
    _wanted(_dialect(database_url), sql)
    with _backend(database_url, create=True) as backend:
        refuse_foreign_tables(backend, folder)
        with _locked(backend):
            todo = backend.to_apply(read_migrations(str(folder)))
            for migration in todo:
                progress(migration.id)
                apply_one(backend, migration)
            _insert_epoch(backend)
        return len(todo)


def pending(database_url: str, sql: Path = SQL) -> list[str]:
    """The migrations that this code has and the database has not; changes nothing there."""
    wanted = _wanted(_dialect(database_url), sql)
    if database_url.startswith("sqlite") and not sqlite_path(database_url).exists():
        return wanted
    with _backend(database_url) as backend:
        if TABLE not in backend.list_tables():
            return wanted
        applied = {row[0] for row in backend.execute(f"SELECT migration_id FROM {TABLE}").fetchall()}
    return [name for name in wanted if name not in applied]


def is_current(database_url: str) -> bool:
    """Whether nothing is pending. A database that is ahead (a rolling deploy) is current."""
    return not pending(database_url)


async def schema_is_current(db: Database | Connection) -> bool:
    """`is_current` over the application's own connections; raises `DatabaseUnavailable`."""
    tables = "sqlite_master WHERE type = 'table' AND name = :name"
    if db.dialect == "mysql":
        tables = "information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name"
    if not await db.fetch_val(f"SELECT 1 FROM {tables}", {"name": TABLE}):
        return False
    applied = {row["migration_id"] for row in await db.fetch_all(f"SELECT migration_id FROM {TABLE}")}
    return applied.issuperset(_wanted(db.dialect, SQL))


def break_lock(database_url: str) -> None:
    """Remove the lock that a killed migration left behind, if any. Only when no other one runs."""
    with _backend(database_url) as backend:
        _make_lock_table(backend)
        backend.break_lock()


@contextmanager
def _backend(url: str, *, create: bool = False) -> Iterator[Any]:
    """yoyo's backend for `url`, its driver's errors as ours; a mistaken migration keeps the driver's words."""
    try:
        if create and url.startswith("sqlite"):
            path = sqlite_path(url)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.touch(mode=0o600)  # nobody else reads it; SQLite's other files follow it
        kind = SQLite if url.startswith("sqlite") else MySQL
        with kind(parse_uri(url)._replace(args={"url": url}), TABLE) as backend:
            yield backend
    except DRIVER_ERRORS as error:
        failure = translate(error)
        if failure is None:
            raise
        raise failure from error


@contextmanager
def _locked(backend: Any) -> Iterator[None]:
    _make_lock_table(backend)
    try:
        with backend.lock(timeout=LOCK_WAIT):
            yield
    except LockTimeout as error:
        raise MigrationLocked(
            "another process migrates this database; if it was killed, remove its lock with: "
            "python -m supportapp migrate --break-lock"
        ) from error


def _make_lock_table(backend: Any) -> None:
    """yoyo's own takes a server that cannot be written for one that somebody else has locked."""
    if backend.lock_table not in backend.list_tables():
        backend.create_lock_table()
    if backend.lock_table not in backend.list_tables():  # once more, aloud
        backend.execute(backend.format_sql(backend.create_lock_table_sql))
    with backend.transaction():
        backend.execute(f"DELETE FROM {backend.lock_table_quoted} WHERE 1 = 0")


def _insert_epoch(backend: Any) -> None:
    """The epoch of a new database; not in SQL, because it is random."""
    if "meta" not in backend.list_tables():
        return
    if not backend.execute("SELECT valor FROM meta WHERE clave = 'epoca'").fetchone():
        with backend.transaction():
            backend.execute(
                "INSERT INTO meta (clave, valor) VALUES ('epoca', :epoca)", {"epoca": secrets.token_hex(16)}
            )


def _dialect(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "mysql"


def _wanted(dialect: str, sql: Path) -> list[str]:
    names = sorted(path.stem for path in (sql / dialect).glob("*.sql"))
    if not names:
        raise StartError(f"There are no migrations in {sql / dialect}: this installation is incomplete.")
    return names
