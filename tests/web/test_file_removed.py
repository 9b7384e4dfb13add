"""SQLite's file is removed under a chat that serves: nobody is told that a message is stored, and machines hear of it."""

from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.store.addresses import sqlite_path
from supportapp.store.users import insert_user
from tests.conftest import JOINED, JWT_SECRET
from tests.waiting import eventually
from tests.web.conftest import serving
from tests.web.visitors import Visitor, visit


async def say(person: Visitor, text: str) -> tuple[int, str]:
    answer = await person.ask(
        "/soporte/mensajes",
        "POST",
        form={"para": "admin", "mensaje": text},
        headers={"Accept": "application/json"},
    )
    return answer.status, answer.json.get("estado") or answer.json["error"]


async def test_a_removed_file_is_ocupado_not_ready_and_said_once_until_it_is_back(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("supportapp.desk.writer.TRY_AGAIN", 0.05)
    file = sqlite_path(sqlite_url)
    async with serving(
        Settings(database_url=sqlite_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path)
    ) as web:
        await insert_user(web.desk.database, "ana", "Ana", "user", None, JOINED)
        ana = visit(web, "ana")
        assert await say(ana, "antes") == (200, "guardado")
        capsys.readouterr()
        file.rename(tmp_path / "elsewhere")
        for text in ("uno", "dos", "tres"):
            assert await say(ana, text) == (503, "ocupado")
        assert (await ana.ask("/readyz")).status == 503
        assert (await ana.ask("/healthz")).status == 200
        await eventually(lambda: web.desk.writer_failing_for > 0.3)
        assert not file.exists()
        said = capsys.readouterr().out
        for line in ("the database's file is gone", "messages are refused", "cannot follow the table"):
            assert said.count(line) == 1
        assert said.count("\n") <= 4

        (tmp_path / "elsewhere").rename(file)
        await eventually(lambda: web.desk.writer_failing_for == 0)
        assert await say(ana, "después") == (200, "guardado")
        assert (await ana.ask("/readyz")).status == 200
    async with serving(
        Settings(database_url=sqlite_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path)
    ) as web:
        rows = await web.desk.database.fetch_all("SELECT mensaje FROM mensajes ORDER BY id")
        assert [row["mensaje"] for row in rows] == ["antes", "después"]
