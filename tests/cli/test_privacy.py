"""`export-person`, `erase` and `retention`, on both databases."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.desk.desk import Desk
from supportapp.desk.erasing import begin
from supportapp.desk.spool import spool_folders
from supportapp.desk.viewer import Viewer
from supportapp.store.database import Database
from supportapp.store.spool_refused import append_refused
from supportapp.store.users import select_user
from tests.desk.erased import files_with, tables_with
from tests.forked import supportapp

SECRET = "Zanahoria"


@pytest.fixture
async def talk(settings: Settings, people: object) -> None:
    desk = Desk(settings.model_copy(update={"commit_deadline_ms": 5000}))  # no outage on a busy machine
    await desk.start()
    await desk.send(Viewer("ana", "Ana", "user"), {"para": "admin", "mensaje": f"{SECRET} <b>"})
    await desk.send(Viewer("luis", "Luis", "user"), {"para": "admin", "mensaje": "de Luis"})
    await desk.stop()


@pytest.mark.parametrize("form", ["json", "html"])
async def test_one_person_is_exported(env: dict[str, str], talk: None, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"ana.{form}"
    result = supportapp("export-person", "ana", str(file), "--format", form, env=env)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"Everything about ana is in {file}.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text()
    assert SECRET in written
    assert "de Luis" not in written
    if form == "json":
        assert [row["mensaje"] for row in json.loads(written)["mensajes"]] == [f"{SECRET} <b>"]
    else:
        assert "&lt;b&gt;" in written
    again = supportapp("export-person", "luis", str(file), "--format", form, env=env)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == f"{file} is there already: name a new file.\n"
    assert file.read_text() == written
    shown = supportapp("export-person", "ana", "-", "--format", form, env=env)
    assert (shown.returncode, SECRET in shown.stdout, "Everything" in shown.stdout) == (0, True, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_is_left_of_an_export_that_failed(
    env: dict[str, str], talk: None, tmp_path: Path
) -> None:
    for usuario in ("nadie", "ANA", "ana "):
        result = supportapp("export-person", usuario, str(tmp_path / "x"), env=env)
        assert (result.returncode, result.stdout) == (2, "")
        assert f"There is no account {usuario!r}" in result.stderr
        assert not (tmp_path / "x").exists()
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "dangling").symlink_to(tmp_path / "new")
    for name in ("link", "dangling"):
        result = supportapp("export-person", "ana", str(tmp_path / name), env=env)
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) == 1
    assert (tmp_path / "secret").read_text() == "mine"
    assert not (tmp_path / "new").exists()
    result = supportapp("export-person", "ana", str(tmp_path / "no" / "x"), env=env)
    assert result.returncode == 1
    assert "cannot be written: no such file" in result.stderr
    if os.path.exists("/dev/full"):
        result = supportapp("export-person", "ana", "/dev/full", env=env)
        assert result.returncode == 1
        assert Path("/dev/full").exists()


async def test_one_person_is_erased(
    env: dict[str, str], settings: Settings, database: Database, talk: None
) -> None:
    (folder, *_) = await spool_folders(settings, database)
    folder.mkdir(parents=True, exist_ok=True)
    append_refused(folder / "x.refused", {"de_usuario": "ana", "para_usuario": "admin", "mensaje": SECRET})
    result = supportapp("erase", "ana", env=env)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("ana is erased, with 1 messages.")
    assert await select_user(database, "ana") is None
    assert await tables_with(database, SECRET) == set()
    assert files_with(settings, SECRET) == []
    for usuario, said in (("ana", "There is no account 'ana'"), ("admin", "nobody could answer")):
        result = supportapp("erase", usuario, env=env)
        assert (result.returncode, result.stdout) == (2, "")
        assert said in result.stderr


async def test_the_doctor_knows_of_it(env: dict[str, str], database: Database, talk: None) -> None:
    def said() -> str:
        found = re.search(r"^.*texts: .*$", supportapp("doctor", env=env).stdout, re.MULTILINE)
        assert found
        return found[0]

    assert said() == "ok    texts: none was erased"
    await begin(database, "ana")
    assert said() == "WRONG texts: the erasing of ana was begun and not finished; erase them again"
    assert supportapp("erase", "ana", env=env).returncode == 0
    assert said() == "ok    texts: 1 messages were erased"
    await database.execute("UPDATE mensajes SET mensaje = '' WHERE id = 2")
    assert said().startswith("WRONG texts: half erased: 2, and perhaps more")


async def test_what_is_too_old_is_counted_and_forgotten(
    env: dict[str, str], database: Database, talk: None
) -> None:
    env |= {"RETAIN_MESSAGES_DAYS": "30", "RETAIN_SESSIONS_DAYS": "0"}
    await database.execute("UPDATE mensajes SET fecha = '2020-01-01 00:00:00.000000'")
    result = supportapp("retention", "--dry-run", env=env)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "messages: 2 older than 30 days would be forgotten",
        "sessions: kept for ever",
        "addresses: 0 older than 30 days would be forgotten",
        "audit: kept for ever",
    ]
    assert await tables_with(database, SECRET) == {"mensajes", "conversaciones"}
    result = supportapp("retention", env=env)
    assert result.stdout.startswith("messages: 2 older than 30 days forgotten\n")
    assert await tables_with(database, SECRET) == set()
    refused = supportapp("retention", env=env | {"RETAIN_AUDIT_DAYS": "29"})
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "RETAIN_AUDIT_DAYS: must be 0 (for ever) or at least 30" in refused.stderr
    for wrong in ("-1", "many", "36501"):
        refused = supportapp("retention", env=env | {"RETAIN_MESSAGES_DAYS": wrong})
        assert refused.returncode == 2
        assert refused.stderr.startswith("RETAIN_MESSAGES_DAYS: ")
