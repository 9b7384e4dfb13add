"""`backup` beside a chat that writes, and the recipe for MySQL as docs/operations.md has it."""

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from supportapp.cli.database import look_at_database
from supportapp.config import Settings
from supportapp.store.database import Database
from supportapp.store.migrations import migrate
from supportapp.store.sequence import select_epoch, select_former_epochs, select_head
from supportapp.store.users import insert_user
from tests.conftest import JOINED, JWT_SECRET, PASSWORD_HASH
from tests.forked import supportapp
from tests.processes import sqlite_settings
from tests.services.mariadb import MariaDB
from tests.store.talk import say

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.fixture
def env(sqlite_url: str, tmp_path: Path) -> dict[str, str]:
    return sqlite_settings(tmp_path, DATABASE_URL=sqlite_url)


async def head_of(url: str) -> tuple[int, str]:
    database = Database(url)
    await database.connect()
    found = await select_head(database), await select_epoch(database)
    await database.disconnect()
    return found


async def people_of(url: str) -> Database:
    database = Database(url)
    await database.connect()
    await insert_user(database, "ana", "Ana", "user", PASSWORD_HASH, JOINED)
    return database


async def test_while_others_write_it_is_one_whole_file_of_one_moment(
    sqlite_url: str, env: dict[str, str], tmp_path: Path
) -> None:
    database = await people_of(sqlite_url)
    await say(database, ("ana", "admin", "antes"))
    done = threading.Event()
    results: list[subprocess.CompletedProcess[str]] = []

    def run() -> None:
        results.append(supportapp("backup", str(tmp_path / "copia 1%.db"), env=env))
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    written = 1
    while not done.is_set():
        await say(database, ("ana", "admin", f"mientras {written}"))
        written += 1
        await asyncio.sleep(0.01)
    thread.join()
    assert results[0].returncode == 0, results[0].stderr
    assert results[0].stdout.count("ok   ") == 5  # with what was erased
    copy = tmp_path / "copia 1%.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if "copia" in path.name] == [copy.name]
    shutil.copy(copy, tmp_path / "restored.db")
    head, epoca = await head_of(f"sqlite:///{tmp_path / 'restored.db'}")
    assert 1 <= head < written
    assert epoca == await select_epoch(database)
    await database.disconnect()
    for sql in re.findall(r"^    ((?:UPDATE|INSERT INTO) meta .+)$", OPERATIONS.read_text(), re.MULTILINE):
        with closing(sqlite3.connect(tmp_path / "restored.db", isolation_level=None)) as connection:
            connection.execute(sql.replace("32 new random hexadecimal digits", "f" * 32))
    assert await head_of(f"sqlite:///{tmp_path / 'restored.db'}") == (head, "f" * 32)
    again = Database(f"sqlite:///{tmp_path / 'restored.db'}")
    await again.connect()
    assert await select_former_epochs(again) == [epoca]
    await again.disconnect()


def test_what_cannot_be_backed_up_is_one_line_and_leaves_nothing(
    env: dict[str, str], tmp_path: Path, mariadb: MariaDB, migrated_schema: str
) -> None:
    there = tmp_path / "there.db"
    there.write_text("mine")
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"SQLite format 3\x00" + os.urandom(8000))
    for file, other, said, status in (
        (there, {}, "exists already; nothing was overwritten", 2),
        (tmp_path / "nowhere" / "x.db", {}, "There is no folder", 2),
        (tmp_path / "x.db", {"DATABASE_URL": migrated_schema}, "backup is for SQLite", 2),
        (tmp_path / "x.db", {"DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}, "There is no database", 1),
        (tmp_path / "x.db", {"DATABASE_URL": f"sqlite:///{damaged}"}, "DATABASE_URL is something else", 1),
        (Path("/dev/full/x.db"), {}, "There is no folder", 2),
    ):
        result = supportapp("backup", str(file), env=env | other)
        assert (result.returncode, len(result.stderr.splitlines())) == (status, 1), result.stderr
        assert said in result.stderr
    assert there.read_text() == "mine"
    assert not [path for path in tmp_path.iterdir() if path.name.endswith((".part", "x.db"))]


async def test_a_database_that_is_not_whole_is_no_backup(
    sqlite_url: str, env: dict[str, str], tmp_path: Path
) -> None:
    database = await people_of(sqlite_url)
    await say(database, ("ana", "admin", "una"), ("ana", "admin", "dos"))
    await database.execute("DELETE FROM mensajes WHERE id = 1")
    await database.disconnect()
    result = supportapp("backup", str(tmp_path / "x.db"), env=env)
    assert result.returncode == 1
    assert result.stderr.startswith("The proof failed")
    assert not (tmp_path / "x.db").exists()


@pytest.fixture
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A server with a binary log, as point in time needs it."""
    server = MariaDB(
        tmp_path_factory.mktemp("logged"), "--log-bin=bin", "--server-id=1", "--binlog-format=ROW"
    )
    server.create()
    server.start()
    server.execute("CREATE DATABASE chat")
    migrate(server.url("chat"), progress=lambda _: None)
    yield server
    server.stop()


async def test_the_recipe_for_mysql_brings_back_every_message_of_a_moment(
    logged: MariaDB, tmp_path: Path
) -> None:
    """The commands of the paper, with this server's address in the place of the defaults."""
    recipe = re.findall(r"^    (mysql\w*|mysqlbinlog) (.+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert [name for name, _ in recipe] == ["mysqldump", "mysql", "mysqlbinlog"]
    database = await people_of(logged.url("chat"))
    await say(database, ("ana", "admin", "en la copia 🙂"))
    options = tmp_path / "my.cnf"
    options.write_text(
        f"[client]\nhost=127.0.0.1\nport={logged.port}\nuser={logged.user}\npassword='{logged.password}'\nskip-ssl\n"
    )

    def do(name: str, text: str) -> None:
        command = text.replace("soporte", "chat")
        subprocess.run(
            f"{name} --defaults-extra-file={options} {command}", shell=True, check=True, cwd=tmp_path
        )

    do(*recipe[0])
    epoca = await select_epoch(database)
    await say(database, ("ana", "admin", "nach dem Dump"))
    await database.disconnect()
    position = re.search(
        r"MASTER_LOG_FILE='([^']+)', MASTER_LOG_POS=(\d+)", (tmp_path / "chat.sql").read_text()
    )
    assert position
    shutil.copy(logged.folder / "data" / position[1], tmp_path)
    logged.execute("DROP DATABASE chat", "CREATE DATABASE chat")
    do(*recipe[1])
    assert await head_of(logged.url("chat")) == (1, epoca)
    name, text = recipe[2]
    stop = re.sub(r"--stop-datetime='[^']+' ", "", text)
    command = (
        stop.replace("bin.000042", position[1]).replace("POSITION", position[2]).replace("soporte", "chat")
    )
    subprocess.run(
        f"{name} --no-defaults {command}".replace("| mysql", f"| mysql --defaults-extra-file={options}"),
        shell=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert await head_of(logged.url("chat")) == (2, epoca)
    settings = Settings(database_url=logged.url("chat"), jwt_secret=JWT_SECRET)
    assert [found.about async for found in look_at_database(settings) if found.wrong] == []
