"""`migrate` from empty, again, and with what can be wrong."""

import sqlite3
from pathlib import Path

from supportapp.store.migrations import is_current, pending
from tests.forked import supportapp
from tests.processes import sqlite_settings
from tests.services.mariadb import MariaDB


def test_from_empty_and_again_on_sqlite(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path / "new" / "folder")
    steps = pending(env["DATABASE_URL"])
    first = supportapp("migrate", env=env)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        *(f"  applying {step}" for step in steps),
        f"{len(steps)} migrations applied.",
    ]
    assert is_current(env["DATABASE_URL"])
    again = supportapp("migrate", env=env)
    assert (again.returncode, again.stdout) == (0, "The schema is current.\n")


def test_from_empty_on_mariadb(mariadb: MariaDB, tmp_path: Path) -> None:
    mariadb.execute("CREATE OR REPLACE DATABASE migrated_by_command")
    url = mariadb.url("migrated_by_command")
    result = supportapp("migrate", env=sqlite_settings(tmp_path, DATABASE_URL=url))
    assert (result.returncode, result.stderr) == (0, "")
    assert is_current(url)


def test_a_lock_of_a_killed_run_is_explained_and_broken(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path)
    supportapp("migrate", env=env)
    with sqlite3.connect(tmp_path / "soporte.db") as database:
        database.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, CURRENT_TIMESTAMP, 1)")
    database.close()
    refused = supportapp("migrate", env=env)
    assert refused.returncode == 1
    assert "python -m supportapp migrate --break-lock" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    broken = supportapp("migrate", "--break-lock", env=env)
    assert (broken.returncode, broken.stderr) == (0, "")
