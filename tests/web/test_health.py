"""What machines ask."""

import asyncio

import pytest

from supportapp.config import Settings
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import visit


async def test_a_process_that_serves_is_alive_and_ready(web: Web) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await visit(web).ask(path)
        assert (answer.status, answer.json["ok"]) == (200, True)


async def test_a_process_of_which_a_part_has_ended_says_so(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    assert web.desk.whole
    web.desk._tasks[-1].cancel()
    await asyncio.sleep(0.01)
    answer = await visit(web).ask("/healthz")
    assert (answer.status, answer.json["ok"]) == (503, False)
    assert "restart" in answer.json["error"]
    assert "a part of this process has ended" in capsys.readouterr().out


async def test_a_desk_that_stops_has_lost_no_part(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(settings):
        pass
    assert "has ended" not in capsys.readouterr().out


async def test_an_old_schema_is_not_ready(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_old(*_: object) -> bool:
        return False

    monkeypatch.setattr("supportapp.web.health.schema_is_current", is_old)
    answer = await visit(web).ask("/readyz")
    assert answer.status == 503
    assert "migrate" in answer.json["error"]
    assert (await visit(web).ask("/healthz")).status == 200


async def test_without_a_database_it_lives_and_is_not_ready(web: Web) -> None:
    await web.desk.database.disconnect()
    answer = await visit(web).ask("/readyz")
    assert (answer.status, answer.json["ok"]) == (503, False)
    assert (await visit(web).ask("/healthz")).status == 200


async def test_a_writer_that_fails_is_not_ready_though_the_database_can_be_read(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportapp.web.health.LASTING", 0)
    committer = web.desk._committer
    async with web.desk.database.transaction() as connection:
        await connection.execute("DELETE FROM secuencia WHERE nombre = 'mensajes'")
    with pytest.raises(Exception):  # noqa: B017
        await committer.commit([], 1)
    committer._fails()
    answer = await visit(web).ask("/readyz")
    assert (answer.status, answer.json["ok"]) == (503, False)
    assert "doctor" in answer.json["error"]
