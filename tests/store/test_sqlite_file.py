"""SQLite's file is removed, moved or replaced under us: what is acknowledged lies in the file that has the name."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from supportapp.store.addresses import sqlite_path
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.migrations import migrate
from supportapp.store.sequence import lock_head, renew_epoch, select_epoch, select_head, update_head

ENDINGS = ("", "-wal", "-shm")


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url, deadline=2.0)
    await database.connect()
    await count_to(database, 5)
    yield database
    await database.disconnect()


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return sqlite_path(sqlite_url)


async def count_to(database: Database, head: int, between: Callable[[], object] = lambda: None) -> None:
    async with database.transaction() as connection:
        await connection.fetch_val(*lock_head(connection.dialect))
        await connection.execute(*update_head(head))
        between()


def backup(file: Path, to: Path) -> Path:
    """A copy as docs/operations.md says to make it."""
    with sqlite3.connect(file) as source, sqlite3.connect(to) as target:
        source.backup(target)
    source.close()
    target.close()
    return to


def head_in(file: Path) -> int:
    """What another program finds there."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    (head,) = connection.execute("SELECT valor FROM secuencia WHERE nombre = 'mensajes'").fetchone()
    connection.close()
    return int(head)


def remove(file: Path) -> None:
    for ending in ENDINGS:
        Path(f"{file}{ending}").unlink(missing_ok=True)


def remove_alone(file: Path) -> None:
    file.unlink()


def move(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))


def move_folder(file: Path) -> None:
    file.parent.rename(f"{file.parent}-elsewhere")


def put_another_in_its_place(file: Path) -> None:
    migrate(f"sqlite:///{file}.new", progress=lambda name: None)
    Path(f"{file}.new").rename(file)


def put_nothing_in_its_place(file: Path) -> None:
    remove(file)
    file.touch()


def put_something_in_its_place(file: Path) -> None:
    file.with_name("new").write_bytes(b"not a database" * 1000)
    file.with_name("new").rename(file)


LOST = (
    remove, remove_alone, move, move_folder,
    put_another_in_its_place, put_nothing_in_its_place, put_something_in_its_place,
)  # fmt: skip


@pytest.mark.parametrize("lose", LOST)
async def test_nothing_is_taken_for_written_or_read_from_a_file_without_its_name(
    database: Database, file: Path, lose: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lose(file)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            await count_to(database, 6)
        with pytest.raises(DatabaseUnavailable):
            await select_head(database)
        with pytest.raises(DatabaseUnavailable):
            await database.execute("UPDATE secuencia SET valor = 7 WHERE nombre = 'mensajes'")
    assert capsys.readouterr().out.count("the database's file is gone") == 1


async def test_a_file_that_is_never_there_is_not_made(database: Database, file: Path) -> None:
    remove(file)
    with pytest.raises(DatabaseUnavailable):
        await select_head(database)
    assert not file.exists()


@pytest.mark.parametrize("lose", LOST)
async def test_a_commit_during_which_the_file_goes_is_not_said_to_be_good(
    database: Database, file: Path, lose: Callable[[Path], None]
) -> None:
    with pytest.raises(DatabaseUnavailable):
        await count_to(database, 6, between=lambda: lose(file))


async def test_a_file_that_comes_back_is_used_again_with_all_that_was_written(
    database: Database, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    move(file)
    with pytest.raises(DatabaseUnavailable):
        await count_to(database, 6)
    file.with_name("elsewhere.db").rename(file)
    assert await select_head(database) == 5
    await count_to(database, 6)
    assert head_in(file) == 6
    assert capsys.readouterr().out.count("the database's file is there again") == 1


@pytest.mark.parametrize("seen", [True, False])
async def test_a_restored_copy_is_used_from_then_on(database: Database, file: Path, seen: bool) -> None:
    copy = backup(file, file.with_name("copy.db"))
    await count_to(database, 9)
    if seen:
        remove(file)
        with pytest.raises(DatabaseUnavailable):
            await count_to(database, 10)
    copy.rename(file)  # else over the one that is in use, beside the log of that one
    if not seen:
        with pytest.raises(DatabaseUnavailable):
            await count_to(database, 10)
    assert await select_head(database) == 5
    await count_to(database, 6)
    assert head_in(file) == 6
    with sqlite3.connect(file) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    other.close()


async def test_a_copy_from_before_or_after_a_restore_is_of_the_same_history(
    database: Database, file: Path
) -> None:
    for when in ("before", "after"):
        before = backup(file, file.with_name("before.db"))
        await renew_epoch(database, await select_epoch(database))
        after = backup(file, file.with_name("after.db"))
        (before if when == "before" else after).rename(file)
        with pytest.raises(DatabaseUnavailable):
            await count_to(database, 6)
        assert await select_head(database) == 5


async def test_a_log_that_was_removed_takes_nothing_with_it(database: Database, file: Path) -> None:
    Path(f"{file}-wal").unlink()
    Path(f"{file}-shm").unlink()
    with pytest.raises(DatabaseUnavailable):
        await count_to(database, 6)
    assert head_in(shutil.copy(file, file.with_name("copy.db"))) == 5
    assert await select_head(database) == 5
    await count_to(database, 6)
    assert head_in(file) == 6
