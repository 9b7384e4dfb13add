"""What a start finds in the spool's folder: its own is stored whatever the address is called, the rest is named."""

import time
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.desk.access import close_session
from supportapp.desk.desk import Desk
from supportapp.desk.sending import check
from supportapp.desk.spool import Spool, address_name
from supportapp.desk.viewer import Viewer
from supportapp.errors import StartError
from supportapp.store.database import Database
from supportapp.store.messages import select_messages_after
from supportapp.store.sequence import renew_epoch, select_epoch
from supportapp.store.spool_file import SpoolFile, SpoolRow
from supportapp.store.users import insert_user
from tests.conftest import JOINED, JWT_SECRET
from tests.open_sessions import a_session
from tests.services.mariadb import MariaDB


@pytest.fixture
async def database(mariadb_url: str):  # type: ignore[no-untyped-def]
    database = Database(mariadb_url)
    await database.connect()
    await insert_user(database, "ana", "Ana", "user", None, JOINED)
    yield database
    await database.disconnect()


@pytest.fixture
def settings(mariadb_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=mariadb_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path)


def leave(settings: Settings, name: str, text: str) -> SpoolFile:
    """What a process left behind in the folder of that name."""
    file = SpoolFile.create(settings.spool_folder / name)
    file.add([SpoolRow("ana", "Ana", "user", "admin", text, f"{text}-0123456789abcdef", "h")])
    file.close()
    return file


async def start(settings: Settings) -> None:
    desk = Desk(settings)
    try:
        await desk.start()
    finally:
        await desk.stop()


async def stored(database: Database) -> list[str]:
    return [row.mensaje for row in await select_messages_after(database, "ana", 0, 100)]


async def test_it_is_found_under_another_spelling_of_the_address(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    file = leave(settings, await select_epoch(database), "hola")
    url = settings.database_url.replace("@127.0.0.1:", "@127.0.0.01:")
    assert address_name(url) != address_name(settings.database_url)
    await start(settings.model_copy(update={"database_url": url}))
    assert await stored(database) == ["hola"]
    assert not file.path.exists()
    assert capsys.readouterr().out.count("adopted a spool") == 1


async def test_what_a_killed_process_left_of_a_session_that_was_signed_out_of_is_not_stored(
    settings: Settings, database: Database
) -> None:
    name, spool = await select_epoch(database), Spool(settings.spool_folder, 10**6)
    await spool.open([name])
    sessions = {letter: Viewer("ana", "Ana", "user", time.time(), letter * 32) for letter in "ab"}
    await spool.add([check(who, {"para": "admin", "mensaje": text}) for text, who in sessions.items()])
    await spool.close()
    await close_session(database, a_session("ana", "a" * 32), "salida")
    await start(settings)
    assert await stored(database) == ["b"]
    assert list((settings.spool_folder / name).iterdir()) == []


async def test_that_of_another_database_is_named_and_left_alone(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    file = leave(settings, "0" * 32, "de otros")
    await start(settings)
    assert await stored(database) == []
    (left,) = SpoolFile.left_behind(file.path.parent)
    assert len(left.rows()) == 1
    left.close()
    said = capsys.readouterr().out
    assert said.count("that are not of this database") == 1
    assert str(file.path) in said


async def test_a_database_that_was_restored_twice_finds_all_its_spools(
    settings: Settings, database: Database
) -> None:
    first = await select_epoch(database)
    second = await renew_epoch(database, first)
    third = await renew_epoch(database, second, "f" * 32)
    assert len({first, second, third}) == 3
    for name, text in ((first, "uno"), (second, "dos"), (third, "tres"), ("f" * 32, "cuatro")):
        leave(settings, name, text)
    await start(settings)
    assert sorted(await stored(database)) == ["cuatro", "dos", "tres", "uno"]


async def test_that_of_an_earlier_version_is_adopted(settings: Settings, database: Database) -> None:
    leave(settings, address_name(settings.database_url), "de antes")
    await start(settings)
    assert await stored(database) == ["de antes"]


async def test_a_spool_of_somebody_else_is_one_line(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("supportapp.store.spool_lock.os.scandir", refuse)
    with pytest.raises(StartError, match="SPOOL_DIR") as refused:
        await start(settings)
    assert len(str(refused.value).splitlines()) == 1


async def test_a_start_says_what_an_operator_should_change(
    settings: Settings, database: Database, mariadb: MariaDB, capsys: pytest.CaptureFixture[str]
) -> None:
    await start(settings)
    said = capsys.readouterr().out
    assert "max_allowed_packet" not in said
    assert "emptied at every restart" not in said
    mariadb.execute("SET GLOBAL max_allowed_packet = 1048576")
    try:
        await start(settings.model_copy(update={"dyno": "web.1"}))
    finally:
        mariadb.execute("SET GLOBAL max_allowed_packet = 16777216")
    said = capsys.readouterr().out
    assert said.count("max_allowed_packet is small") == 1
    assert said.count("emptied at every restart") == 1
