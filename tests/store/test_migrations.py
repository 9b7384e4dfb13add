"""Migrations: from empty, from every earlier version, twice, killed half-way, by two at once."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from supportapp.desk.moment import utc_at
from supportapp.store import migrations
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.marks import Mark, advance_read, select_mark, select_moves
from supportapp.store.migrations import (
    MigrationLocked,
    break_lock,
    is_current,
    migrate,
    pending,
    schema_is_current,
)
from supportapp.store.sequence import select_epoch, select_head
from supportapp.store.sessions import delete_over, select_closed
from supportapp.store.users import select_user
from tests.services.mariadb import MariaDB

DIALECTS = ("mysql", "sqlite")
UNCOUNTED = re.compile(r" AUTO_INCREMENT=\d+")
VERSIONS = sorted(path.stem for path in (migrations.SQL / "sqlite").glob("*.sql"))


def quietly(url: str, sql: Path = migrations.SQL) -> int:
    return migrate(url, progress=lambda name: None, sql=sql)


@pytest.fixture(params=["sqlite", "mariadb"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on each dialect; SQLite's folder is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'folder' / 'soporte.db'}"
    server: MariaDB = request.getfixturevalue("mariadb")
    server.execute("DROP DATABASE IF EXISTS empty", "CREATE DATABASE empty")
    return server.url("empty")


@pytest.fixture
def run(empty_url: str, mariadb: MariaDB) -> Callable[..., list[tuple[object, ...]]]:
    return runner(empty_url, mariadb)


def runner(url: str, mariadb: MariaDB) -> Callable[..., list[tuple[object, ...]]]:
    """Runs statements on that database, past all of our code."""

    def execute(*statements: str) -> list[tuple[object, ...]]:
        if url.startswith("mysql"):
            name = urlsplit(url).path[1:]
            return [tuple(row.values()) for row in mariadb.execute(*statements, database=name)]
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            rows = [connection.execute(statement).fetchall() for statement in statements][-1]
        connection.close()
        return rows

    return execute


def earlier(tmp_path: Path, version: int) -> Path:
    """The folder `sql` as it was when there were only the first `version` migrations."""
    for dialect in DIALECTS:
        (tmp_path / "earlier" / dialect).mkdir(parents=True)
        for path in sorted((migrations.SQL / dialect).glob("*.sql"))[:version]:
            shutil.copy(path, tmp_path / "earlier" / dialect)
    return tmp_path / "earlier"


def schema(run: Callable[..., list[tuple[object, ...]]], url: str) -> list[tuple[object, ...]]:
    """All that the database says of its own tables."""
    if url.startswith("sqlite"):
        return run("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%yoyo%' ORDER BY name")
    tables = [str(row[0]) for row in run("SHOW TABLES") if "yoyo" not in str(row[0])]
    return [UNCOUNTED.sub("", str(run(f"SHOW CREATE TABLE {table}")[0][1])) for table in tables]


def test_both_dialects_have_the_same_migrations() -> None:
    names = [sorted(path.name for path in (migrations.SQL / dialect).iterdir()) for dialect in DIALECTS]
    assert names[0] == names[1]
    assert all(re.fullmatch(r"\d{3}_[a-z_]+\.sql", name) for name in names[0])
    assert [int(name[:3]) for name in names[0]] == list(range(1, len(names[0]) + 1))


@pytest.mark.parametrize(
    "path", sorted(migrations.SQL.glob("*/*.sql")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_a_file_holds_one_statement_and_names_its_collations(path: Path) -> None:
    sql = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("--"))
    if path.parent.name == "sqlite" and sql.startswith("CREATE TRIGGER"):  # whose only step ends with one
        sql, step = re.fullmatch(r"(.*\n)BEGIN (SELECT RAISE\([^;]*\)); END\n?", sql, re.DOTALL).groups()  # type: ignore[union-attr]
        assert step
    assert ";" not in sql.rstrip().removesuffix(";")
    if path.parent.name == "mysql" and "CREATE TABLE" in sql:
        columns = re.findall(r"^\s+\w+ (?:VARCHAR|CHAR|TEXT).*$", sql, re.MULTILINE)
        assert all("CHARACTER SET" in column and "COLLATE" in column for column in columns)
        assert "ENGINE = InnoDB" in sql


def test_from_empty_telling_each(empty_url: str) -> None:
    told: list[str] = []
    assert pending(empty_url) == VERSIONS
    assert not is_current(empty_url)
    assert migrate(empty_url, progress=told.append) == len(VERSIONS)
    assert told == VERSIONS
    assert is_current(empty_url)
    assert quietly(empty_url) == 0


def test_from_every_earlier_version(
    empty_url: str, request: pytest.FixtureRequest, mariadb: MariaDB, tmp_path: Path
) -> None:
    """Step by step: each file is committed alone, so a version before is the same as a pause between two."""
    for version in range(1, len(VERSIONS) + 1):
        assert quietly(empty_url, earlier(tmp_path / str(version), version)) == 1
        assert pending(empty_url) == VERSIONS[version:]
    assert is_current(empty_url)
    migrated = request.getfixturevalue("sqlite_url" if empty_url.startswith("sqlite") else "mariadb_url")
    stepwise, at_once = (schema(runner(url, mariadb), url) for url in (empty_url, migrated))
    assert len(stepwise) > 6
    assert stepwise == at_once


@pytest.mark.parametrize("version", range(len(VERSIONS)), ids=lambda n: f"at_{n + 1}")
async def test_killed_between_a_statement_and_its_mark(
    database_url: str, mariadb: MariaDB, version: int
) -> None:
    """MySQL cannot undo a CREATE TABLE: what was applied but not marked is applied once more."""
    run = runner(database_url, mariadb)
    run(f"DELETE FROM _yoyo_migration WHERE migration_id = '{VERSIONS[version]}'")
    assert pending(database_url) == [VERSIONS[version]]
    before = schema(run, database_url)
    assert quietly(database_url) == 1
    assert schema(run, database_url) == before
    assert len(run("SELECT usuario FROM usuarios")) == 1


async def test_who_signed_out_before_there_were_rows_stays_signed_out(
    empty_url: str, run: Callable[..., list[tuple[object, ...]]], tmp_path: Path
) -> None:
    quietly(empty_url, earlier(tmp_path, VERSIONS.index("020_sesiones")))
    soon = int(time.time()) + 3600
    run(f"INSERT INTO sesiones_cerradas (sesion, hasta) VALUES ('{'a' * 32}', {soon}), ('{'b' * 32}', 1)")
    quietly(empty_url)
    database = Database(empty_url)
    await database.connect()
    assert await select_closed(database, ["a" * 32, "b" * 32, "c" * 32]) == {"a" * 32, "b" * 32}
    assert await delete_over(database, utc_at(time.time())) == 1
    assert await delete_over(database, utc_at(soon - 1)) == 0
    assert await delete_over(database, utc_at(soon + 1)) == 1
    await database.disconnect()


async def test_what_a_new_database_holds(empty_url: str) -> None:
    quietly(empty_url)
    database = Database(empty_url)
    await database.connect()
    admin = await select_user(database, "admin")
    assert admin is not None
    assert (admin.nombre, admin.rol, admin.activo, admin.pass_hash) == ("Soporte", "admin", True, None)
    assert await select_head(database) == 0
    epoch = await select_epoch(database)
    assert re.fullmatch("[0-9a-f]{32}", epoch)
    quietly(empty_url)
    assert await select_epoch(database) == epoch
    await database.disconnect()


async def test_the_application_sees_whether_the_schema_is_current(empty_url: str, tmp_path: Path) -> None:
    quietly(empty_url, earlier(tmp_path, 1))
    database = Database(empty_url)
    await database.connect()
    assert not await schema_is_current(database)
    shutil.rmtree(tmp_path / "earlier")
    quietly(empty_url, earlier(tmp_path, len(VERSIONS) - 1))
    assert not await schema_is_current(database)
    quietly(empty_url)
    assert await schema_is_current(database)
    await database.disconnect()


async def test_a_database_that_is_ahead_is_current(
    empty_url: str, run: Callable[..., list[tuple[object, ...]]]
) -> None:
    """In a rolling deploy the release has migrated while older processes go on."""
    quietly(empty_url)
    run("UPDATE _yoyo_migration SET migration_hash = 'x', migration_id = '999_future' WHERE 1 = 0")
    columns = "migration_hash, migration_id, applied_at_utc"
    run(
        f"INSERT INTO _yoyo_migration ({columns}) SELECT 'x', '999_future', MAX(applied_at_utc) FROM _yoyo_migration"
    )
    assert is_current(empty_url)


def test_asking_changes_nothing(empty_url: str, tmp_path: Path) -> None:
    pending(empty_url)
    assert not (tmp_path / "new").exists()


def test_two_at_once_apply_each_once(empty_url: str) -> None:
    code = (
        "import sys; from supportapp.store.migrations import migrate;"
        "print(migrate(sys.argv[1], progress=lambda name: None))"
    )
    command = [sys.executable, "-W", "error", "-c", code, empty_url]
    root = Path(migrations.__file__).resolve().parents[2]

    def one(_: int) -> str:
        environment = {**os.environ, "PYTHONPATH": str(root)}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(one, range(2))) == ["0", str(len(VERSIONS))]


def test_a_new_file_that_another_process_is_changing_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself does not wait when it switches a file to the write-ahead log for the first time."""
    path = tmp_path / "soporte.db"
    with ThreadPoolExecutor(1) as thread, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        applied = thread.submit(quietly, f"sqlite:///{path}")
        with pytest.raises(TimeoutError):
            applied.result(timeout=0.2)
        other.execute("COMMIT")
        assert applied.result() == len(VERSIONS)


def test_a_lock_left_behind_is_explained_and_can_be_broken(
    empty_url: str, run: Callable[..., list[tuple[object, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_WAIT", 0.1)
    quietly(empty_url)
    run("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, '2026-01-01 00:00:00', 1)")
    with pytest.raises(MigrationLocked, match="--break-lock"):
        quietly(empty_url)
    assert is_current(empty_url)
    break_lock(empty_url)
    assert quietly(empty_url) == 0


def test_a_database_that_is_away_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for url in ("mysql://soporte@127.0.0.1:1/soporte", f"sqlite:///{tmp_path}/file/below.db"):
        with pytest.raises(DatabaseUnavailable):
            quietly(url)
    with pytest.raises(DatabaseUnavailable):
        pending("mysql://soporte@127.0.0.1:1/soporte")


async def test_marks_of_the_version_before_stay_and_move_on(
    empty_url: str, run: Callable[..., list[tuple[object, ...]]], tmp_path: Path
) -> None:
    """From 008, where marks had no number: all of them, and from now on each move is numbered."""
    quietly(empty_url, earlier(tmp_path, 8))
    columns = "lector, usuario, entregado_hasta, leido_hasta, recibidos_leidos"
    run(f"INSERT INTO lecturas ({columns}) VALUES ('admin', 'admin', 7, 5, 3)")
    assert quietly(empty_url) == len(VERSIONS) - 8
    database = Database(empty_url)
    await database.connect()
    assert await select_mark(database, "admin", "admin") == Mark("admin", "admin", 7, 5, 3)
    assert await select_moves(database, 0, 10) == []
    async with database.transaction() as connection:
        assert not await advance_read(connection, "admin", "admin", 5, 3)
        assert await advance_read(connection, "admin", "admin", 6, 3)
    (move,) = await select_moves(database, 0, 10)
    assert (move.entregado_hasta, move.leido_hasta, move.cambio, move.cambio_leido) == (7, 6, 1, 1)
    await database.disconnect()


def test_a_migration_that_is_mistaken_is_not_marked(empty_url: str, tmp_path: Path) -> None:
    quietly(empty_url)
    folder = earlier(tmp_path, len(VERSIONS))
    for dialect in DIALECTS:
        (folder / dialect / "013_wrong.sql").write_text("ALTER TABLE nowhere ADD COLUMN n BIGINT")
    with pytest.raises(Exception, match="nowhere"):
        quietly(empty_url, folder)
    assert pending(empty_url, folder) == ["013_wrong"]


def test_who_has_no_name_here_migrates_too(
    mariadb: MariaDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container runs as a number that no list of users knows."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr("getpass.getuser", nobody)
    mariadb.execute("CREATE OR REPLACE DATABASE by_a_number")
    for url in (f"sqlite:///{tmp_path}/numbered.db", mariadb.url("by_a_number")):
        migrations.migrate(url, progress=lambda name: None)
        assert migrations.is_current(url)
    with closing(sqlite3.connect(tmp_path / "numbered.db")) as file:
        assert file.execute("SELECT DISTINCT username FROM _yoyo_log").fetchall() == [(str(os.getuid()),)]


def test_the_mark_of_erased_texts_is_added_without_rewriting_the_table(
    mariadb: MariaDB, migrated_schema: str
) -> None:
    """A million messages would be locked for as long as they are copied: here the server refuses to copy."""
    added = "ALTER TABLE copia ADD COLUMN otro DATETIME(6) NULL, ALGORITHM = INSTANT"
    mariadb.execute(
        "CREATE TABLE copia LIKE mensajes",
        added,
        "DROP TABLE copia",
        database=migrated_schema.rpartition("/")[2],
    )
