"""Migrations that cannot be: one line, nothing marked."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from supportapp.errors import StartError
from supportapp.store.migrations import migrate, pending
from tests.forked import supportapp
from tests.processes import sqlite_settings
from tests.services.mariadb import MariaDB

LEGACY = (
    "CREATE TABLE usuarios (usuario VARCHAR(50) PRIMARY KEY, nombre VARCHAR(100), rol VARCHAR(20), pass VARCHAR(255))",
    "CREATE TABLE mensajes (id INTEGER PRIMARY KEY, de_usuario VARCHAR(50), para_usuario VARCHAR(50), mensaje TEXT)",
)
OTHERS = {
    "people and messages": LEGACY,
    "only messages": LEGACY[1:],
    "a table meta": ("CREATE TABLE meta (id INTEGER PRIMARY KEY)",),
}


@pytest.fixture
def limited(mariadb: MariaDB) -> str:
    """A database whose account may do everything in it; its URL."""
    mariadb.execute(
        "CREATE OR REPLACE DATABASE limited", "CREATE OR REPLACE USER l@'127.0.0.1' IDENTIFIED BY 'pw'"
    )
    mariadb.execute("GRANT ALL ON limited.* TO l@'127.0.0.1'")
    return f"mysql://l:pw@127.0.0.1:{mariadb.port}/limited"


def refusal(url: str, tmp_path: Path, *options: str) -> str:
    result = supportapp("migrate", *options, env=sqlite_settings(tmp_path, DATABASE_URL=url))
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("other", OTHERS)
def test_tables_of_another_program_on_sqlite(tmp_path: Path, other: str) -> None:
    path = tmp_path / "soporte.db"
    with closing(sqlite3.connect(path)) as connection:
        for statement in OTHERS[other]:
            connection.execute(statement)
        before = connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
        with pytest.raises(StartError, match="of another program"):
            migrate(f"sqlite:///{path}", progress=lambda name: None)
        assert connection.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == before


def test_tables_of_another_program_on_mariadb(mariadb: MariaDB, limited: str, tmp_path: Path) -> None:
    mariadb.execute(*LEGACY, database="limited")
    assert "usuarios of another program" in refusal(limited, tmp_path)
    assert len(mariadb.execute("SHOW TABLES", database="limited")) == 2
    assert pending(limited)


def test_a_read_only_server_and_an_account_without_create(
    mariadb: MariaDB, limited: str, tmp_path: Path
) -> None:
    mariadb.execute("REVOKE CREATE ON limited.* FROM l@'127.0.0.1'")
    assert "CREATE" in refusal(limited, tmp_path)
    mariadb.execute("GRANT ALL ON limited.* TO l@'127.0.0.1'")
    migrate(limited, progress=lambda name: None)
    mariadb.execute("SET GLOBAL read_only = 1")
    try:
        assert "The server is read-only" in refusal(limited, tmp_path)
        assert "The server is read-only" in refusal(limited, tmp_path, "--break-lock")
    finally:
        mariadb.execute("SET GLOBAL read_only = 0")
    again = supportapp("migrate", "--break-lock", env=sqlite_settings(tmp_path, DATABASE_URL=limited))
    assert (again.returncode, again.stdout) == (0, "The schema is current.\n")


def test_an_installation_without_migrations_is_not_current(tmp_path: Path) -> None:
    for question in (
        lambda url: migrate(url, progress=lambda name: None, sql=tmp_path),
        lambda url: pending(url, tmp_path),
    ):
        with pytest.raises(StartError, match="incomplete"):
            question(f"sqlite:///{tmp_path}/new.db")
    assert not (tmp_path / "new.db").exists()
