"""What comes from a MySQL server is the same however it comes, in one piece or byte by byte, seen before or new."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from supportapp.store import mysql_line
from supportapp.store.database import Database, RowRefused
from supportapp.store.statements import Query

SHAPES = [
    (Query("SELECT 1 AS n, 'uno' AS texto, NULL AS nada"), [{"n": 1, "texto": "uno", "nada": None}]),
    (Query("SELECT 'uno' AS n, 1 AS texto, NULL AS nada"), [{"n": "uno", "texto": 1, "nada": None}]),
    (Query("SELECT 1 AS n FROM dual WHERE 1 = 0"), []),
    (Query("SELECT CAST('2026-01-02 03:04:05.678901' AS DATETIME(6)) AS fecha"), [{"fecha": datetime(2026, 1, 2, 3, 4, 5, 678901)}]),
    (Query("SELECT REPEAT('x', 70000) AS n"), [{"n": "x" * 70000}]),
    (Query("SELECT activo, rol FROM usuarios"), [{"activo": True, "rol": "admin"}]),
]  # fmt: skip


@pytest.fixture(params=[1, 3, 100, mysql_line.MOST_READ])
async def remote(
    mariadb_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """A database whose answers come in pieces of so many bytes."""
    monkeypatch.setattr(mysql_line, "MOST_READ", request.param)
    database = Database(mariadb_url, pool=2)
    await database.connect()
    yield database
    await database.disconnect()


async def test_answers_of_all_shapes_one_after_the_other_and_together(remote: Database) -> None:
    for _ in range(3):
        for query, rows in SHAPES:
            assert await remote.fetch_all(*query) == rows
        answers: Any = await remote.exchange([query for query, _ in SHAPES], lambda found: ([], found))
        assert answers == [rows for _, rows in SHAPES]


async def test_a_refusal_in_the_middle_leaves_the_line_in_order(remote: Database) -> None:
    wrong = Query("SELECT nada FROM dual")
    for _ in range(3):
        with pytest.raises(Exception, match="1054"):
            await remote.exchange([SHAPES[0][0], wrong, SHAPES[1][0]], lambda found: ([], None))
        assert await remote.fetch_all(*SHAPES[1][0]) == SHAPES[1][1]
    with pytest.raises(RowRefused):
        await remote.execute("INSERT INTO meta (clave, valor) VALUES ('epoca', 'x')")
    assert await remote.fetch_all(*SHAPES[0][0]) == SHAPES[0][1]


async def test_columns_that_change_their_type_are_read_anew(remote: Database) -> None:
    async with remote.transaction() as connection:
        await connection.execute("CREATE OR REPLACE TEMPORARY TABLE t (n INT)")
        await connection.execute("INSERT INTO t VALUES (7)")
        assert await connection.fetch_all("SELECT n FROM t") == [{"n": 7}]
        assert await connection.fetch_all("SELECT n FROM t") == [{"n": 7}]
        await connection.execute("ALTER TABLE t MODIFY n VARCHAR(10)")
        assert await connection.fetch_all("SELECT n FROM t") == [{"n": "7"}]
        await connection.execute("DROP TEMPORARY TABLE t")


async def test_no_more_layouts_are_kept_than_are_worth_it(mariadb_url: str) -> None:
    database = Database(mariadb_url, pool=2)
    await database.connect()
    async with database.connection() as connection:
        for number in range(60):
            assert await connection.fetch_val(f"SELECT {number} AS n{number}") == number
        assert len(connection._session._layouts) == mysql_line.LAYOUTS
    await database.disconnect()
