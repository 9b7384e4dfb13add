"""`serve`: the first start, the second, and what production refuses."""

import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.processes import SECRET, Running, environment, free_port, serve, sqlite_settings, supportapp
from tests.services.mariadb import MariaDB


@pytest.fixture(params=["sqlite", "mariadb"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The environment of a first start: a database without tables, no secret, nothing in the folder."""
    env = sqlite_settings(tmp_path)
    del env["JWT_SECRET"]
    if request.param == "mariadb":
        server: MariaDB = request.getfixturevalue("mariadb")
        server.execute("CREATE OR REPLACE DATABASE first_start")
        env["DATABASE_URL"] = server.url("first_start")
    return env


def sign_in(chat: Running, user: str, password: str) -> str | None:
    """The cookie of a successful sign-in."""
    form = urllib.parse.urlencode({"user": user, "pass": password}).encode()
    opener = urllib.request.build_opener(NotFollowing)
    try:
        with opener.open(f"{chat.url}/auth", form, timeout=10) as answer:
            return str(answer.headers.get("Set-Cookie"))
    except urllib.error.HTTPError as answer:
        cookie = answer.headers.get("Set-Cookie")
        answer.close()
        return cookie


class NotFollowing(urllib.request.HTTPRedirectHandler):
    """The redirect after a sign-in is what is looked at."""

    def redirect_request(self, *_: object) -> None:
        return None


def test_a_first_start_needs_nothing_and_shows_the_password_once(empty: dict[str, str]) -> None:
    with serve(empty) as chat:
        chat.wait_until_it_answers()
        chat.wait_until_it_says("Ctrl+C")
        chat.stop()
        said = chat.output
    passwords = re.findall(r"Account: admin   password: (\S+)", said)
    assert len(passwords) == 1
    assert all(
        text in said for text in [f"http://127.0.0.1:{chat.port}", "make demo", "DATABASE_URL=mysql://"]
    )
    with serve(empty) as chat:
        chat.wait_until_it_answers()
        assert "token=" in (sign_in(chat, "admin", passwords[0]) or "")
        assert "token=" not in (sign_in(chat, "admin", "not-the-password") or "")
        chat.wait_until_it_says("Ctrl+C")
        chat.stop()
        assert passwords[0] not in chat.output
        assert "First start" not in chat.output


def test_production_refuses_an_old_schema(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, ENVIRONMENT="production")
    (tmp_path / "soporte.db").touch()
    result = supportapp("serve", env=env)
    assert result.returncode == 1
    assert result.stderr == "Cannot start: The database schema is old. Run: python -m supportapp migrate\n"
    assert "Traceback" not in result.stdout


def test_production_starts_silently_once_migrated(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, ENVIRONMENT="production")
    assert supportapp("migrate", env=env).returncode == 0
    with serve(env) as chat:
        chat.wait_until_it_answers("/readyz")
        chat.stop()
        assert (chat.process.returncode, "password" in chat.output) == (0, False)


def test_a_database_that_is_away_is_awaited_for_10_s() -> None:
    url = f"mysql://user:hidden-word@127.0.0.1:{free_port()}/chat"
    env = environment(DATABASE_URL=url, JWT_SECRET=SECRET, PORT=free_port())
    migrate = [sys.executable, "-m", "supportapp", "migrate"]
    with (
        serve(env) as trying,
        serve(env | {"ENVIRONMENT": "production", "PUBLIC_URL": "https://chat.example"}) as real,
        Running(migrate, 0, env) as migrating,
    ):
        with pytest.raises(AssertionError, match="not in time, status None"):
            trying.wait_until_it_answers(timeout=8)
        for waiting in (trying, real, migrating):
            assert waiting.process.wait(20) == 1
            assert len(waiting.output.splitlines()) == 1
            assert "The database does not answer" in waiting.output
            assert "hidden-word" not in waiting.output


def test_a_database_that_comes_back_in_time_is_used(
    mariadb: MariaDB, mariadb_url: str, tmp_path: Path
) -> None:
    mariadb.stop()
    with serve(sqlite_settings(tmp_path, DATABASE_URL=mariadb_url, ENVIRONMENT="production")) as chat:
        try:
            with pytest.raises(AssertionError, match="not in time, status None"):
                chat.wait_until_it_answers(timeout=2)
        finally:
            mariadb.start()
        chat.wait_until_it_answers("/readyz")
        chat.stop()
        assert chat.process.returncode == 0
