"""Queries, values and transactions, the same on both dialects."""

# ruff: noqa: PT012  # the block as a whole is what fails

import asyncio
from datetime import datetime

import pytest

from supportapp.store.database import Database, DatabaseUnavailable, RowRefused

NOW = datetime(2026, 1, 15, 10, 30, 0, 123456)
COLUMNS = ("clave", "valor")


async def test_values_come_back_as_they_went(database: Database) -> None:
    text = "100% :nombre 'q' \"d\" \\ ; -- /* 👩🏽‍🚀 مرحبا \x00 \t\n ü"
    await database.execute(
        "INSERT INTO meta (clave, valor) VALUES (:clave, :valor)", {"clave": "t", "valor": text}
    )
    sql = "SELECT clave, valor FROM meta WHERE valor = :valor AND clave LIKE '%t%'"
    assert await database.fetch_one(sql, {"valor": text}) == {"clave": "t", "valor": text}


async def test_datetimes_keep_their_microseconds_and_have_no_zone(
    database: Database, people: list[str]
) -> None:
    for moment in (NOW, NOW.replace(microsecond=0), datetime.max, datetime(1000, 1, 1)):
        await database.execute("UPDATE usuarios SET sesiones_desde = :moment", {"moment": moment})
        assert await database.fetch_val("SELECT sesiones_desde FROM usuarios WHERE usuario = 'ana'") == moment
        sql = "SELECT COUNT(*) AS n FROM usuarios WHERE sesiones_desde >= :moment"
        assert await database.fetch_val(sql, {"moment": moment}) == 6


async def test_booleans_are_booleans_through_joins_and_subqueries(database: Database) -> None:
    sql = "SELECT u.activo FROM (SELECT usuario, activo FROM usuarios) AS u JOIN usuarios w ON w.usuario = u.usuario"
    assert await database.fetch_val(sql) is True
    await database.execute("UPDATE usuarios SET activo = :activo", {"activo": False})
    assert await database.fetch_val(sql) is False


async def test_nothing_found_is_none_and_empty(database: Database) -> None:
    sql = "SELECT usuario FROM usuarios WHERE usuario = :usuario"
    assert await database.fetch_one(sql, {"usuario": "nadie"}) is None
    assert await database.fetch_val(sql, {"usuario": "nadie"}) is None
    assert await database.fetch_all(sql, {"usuario": "nadie"}) == []


async def test_execute_counts_the_rows_it_matched(database: Database, people: list[str]) -> None:
    update = "UPDATE usuarios SET activo = :activo WHERE rol = 'admin'"
    assert await database.execute(update, {"activo": False}) == 3
    assert await database.execute(update, {"activo": False}) == 3  # nothing changed, the same rows
    assert await database.execute("DELETE FROM usuarios WHERE usuario = 'nadie'") == 0
    insert = "INSERT INTO meta (clave, valor) VALUES ('a', 'b')"
    assert await database.execute(insert) == 1


async def test_many_rows_in_few_statements(database: Database) -> None:
    rows = [(f"c{n}", str(n)) for n in range(1203)]
    async with database.transaction() as connection:
        await connection.insert_rows("meta", COLUMNS, rows)
        await connection.insert_rows("meta", COLUMNS, [])
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM meta") == 1204


async def test_upsert_replaces_what_is_there_and_adds_what_is_not(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.upsert_rows("meta", ("clave",), COLUMNS, [("a", "1"), ("b", "1")])
        await connection.upsert_rows("meta", ("clave",), COLUMNS, [("b", "2"), ("c", "2")])
        await connection.upsert_rows(
            "lecturas", ("lector", "usuario"), ("lector", "usuario"), [("admin", "admin")] * 2
        )
    rows = await database.fetch_all("SELECT clave, valor FROM meta WHERE clave <> 'epoca' ORDER BY clave")
    assert [(row["clave"], row["valor"]) for row in rows] == [("a", "1"), ("b", "2"), ("c", "2")]
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM lecturas") == 1


async def test_a_transaction_is_there_whole_or_not_at_all(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO meta (clave, valor) VALUES ('a', '1')")
        assert await database.fetch_val("SELECT COUNT(*) AS n FROM meta") == 1  # not yet for others
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM meta") == 2
    with pytest.raises(RowRefused):
        async with database.transaction() as connection:
            await connection.execute("DELETE FROM meta WHERE clave = 'a'")
            await connection.insert_rows("meta", COLUMNS, [("epoca", "1")])
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM meta") == 2


@pytest.mark.parametrize("wrong", ["x" * 40_000 + "\ud800", "\udcff"])
async def test_a_lone_surrogate_is_refused_and_harms_nobody(database: Database, wrong: str) -> None:
    with pytest.raises(RowRefused) as refusal:
        await database.execute("INSERT INTO meta (clave, valor) VALUES ('a', :wrong)", {"wrong": wrong})
    assert not refusal.value.duplicate
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM meta") == 1


async def test_refused_rows_say_whether_they_are_there_already(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(RowRefused) as refusal:
            await connection.insert_rows("meta", COLUMNS, [("epoca", "1")])
        assert refusal.value.duplicate
        with pytest.raises(RowRefused) as refusal:
            await connection.insert_rows("lecturas", ("lector", "usuario"), [("nadie", "nadie")])
        assert not refusal.value.duplicate
        await connection.insert_rows("meta", COLUMNS, [("a", "1")])  # a refusal does not end the transaction
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM meta") == 2


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("usuarios", {"usuario": "u" * 65, "clave": "a", "nombre": "A", "rol": "user", "creado": NOW}),
        ("usuarios", {"usuario": "u", "clave": "a", "nombre": "A" * 101, "rol": "user", "creado": NOW}),
        ("usuarios", {"usuario": "u", "clave": "a", "nombre": "A", "rol": "jefe", "creado": NOW}),
        ("usuarios", {"usuario": "u", "clave": "a", "nombre": None, "rol": "user", "creado": NOW}),
        ("secuencia", {"nombre": "otra", "valor": 2**63}),
    ],
)
async def test_what_does_not_fit_is_refused_on_both(
    database: Database, table: str, row: dict[str, object]
) -> None:
    with pytest.raises(RowRefused):
        async with database.transaction() as connection:
            await connection.insert_rows(table, tuple(row), [tuple(row.values())])


async def test_a_mistaken_statement_is_not_taken_for_a_database_that_is_away(database: Database) -> None:
    for sql in ("SELECT nada FROM usuarios", "SELECT 1 FROM nada", "SELEC 1"):
        with pytest.raises(Exception) as error:
            await database.fetch_all(sql)
        assert not isinstance(error.value, DatabaseUnavailable | RowRefused)
    assert await database.fetch_val("SELECT 1") == 1


async def test_read_then_write_transactions_take_turns(database: Database) -> None:
    """Deferred transactions on SQLite lose 19 of these 20; a lost update would show on MySQL."""

    async def count_one() -> None:
        async with database.transaction() as connection:
            lock = " FOR UPDATE" if connection.dialect == "mysql" else ""
            value = await connection.fetch_val("SELECT valor FROM secuencia WHERE nombre = 'mensajes'" + lock)
            await asyncio.sleep(0.005)
            await connection.execute("UPDATE secuencia SET valor = :valor", {"valor": value + 1})

    await asyncio.gather(*[count_one() for _ in range(20)])
    assert await database.fetch_val("SELECT valor FROM secuencia") == 20


async def test_streams_every_row_once_page_by_page(database: Database) -> None:
    rows = [(f"c{n}", n) for n in range(1, 26)]
    async with database.transaction() as connection:
        await connection.insert_rows("secuencia", ("nombre", "valor"), rows)
    sql = "SELECT valor FROM secuencia WHERE valor > :after ORDER BY valor LIMIT :limit"
    for page in (1, 5, 24, 25, 100):
        seen = [row["valor"] async for row in database.stream(sql, key="valor", page=page)]
        assert seen == list(range(1, 26))


async def test_an_abandoned_stream_holds_no_connection(database: Database, people: list[str]) -> None:
    sql = "SELECT 1 AS id FROM usuarios WHERE 0 = :after LIMIT :limit"
    streams = [database.stream(sql, page=2) for _ in range(10)]
    for stream in streams:
        await anext(stream)
    async with asyncio.timeout(2):
        assert await database.fetch_val("SELECT COUNT(*) AS n FROM usuarios") == 6
    for stream in streams:
        await stream.aclose()


async def test_before_connecting_and_after_disconnecting_it_is_unavailable(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DatabaseUnavailable):
        await database.fetch_val("SELECT 1")
    await database.connect()
    assert await database.fetch_val("SELECT 1") == 1
    await database.disconnect()
    with pytest.raises(DatabaseUnavailable):
        await database.fetch_val("SELECT 1")
    await database.connect()
    assert await database.fetch_val("SELECT 1") == 1
    await database.disconnect()
