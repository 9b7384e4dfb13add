"""What machines ask."""

import pytest

from supportapp.web.current import Web
from tests.web.visitors import visit


async def test_a_process_that_serves_is_alive_and_ready(web: Web) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await visit(web).ask(path)
        assert (answer.status, answer.json["ok"]) == (200, True)


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
