"""`migrate` from empty, again, and with what can be wrong."""

from pathlib import Path

from supportapp.store.migrations import is_current, pending
from tests.processes import environment, free_port, sqlite_settings, supportapp
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


def test_a_lock_of_a_killed_run_is_explained_and_broken(mariadb: MariaDB, tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path)
    supportapp("migrate", env=env)
    assert supportapp("migrate", "--break-lock", env=env).returncode == 0


def test_a_database_that_is_away_is_one_line_and_status_1() -> None:
    url = f"mysql://u:p@127.0.0.1:{free_port()}/x"
    result = supportapp("migrate", env=environment(DATABASE_URL=url, JWT_SECRET="0123456789abcdef" * 3))
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "The database does not answer" in result.stderr
    assert "p@" not in result.stderr
