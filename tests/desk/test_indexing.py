"""Names become parts by themselves, whoever wrote them, also after the database was away."""

import asyncio

import pytest

from supportapp.desk import indexing
from supportapp.desk.indexing import Indexing
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.grams import write_missing
from tests.store.talk import index_names


async def test_it_goes_on_after_failures(
    database: Database, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = [
        DatabaseUnavailable("away"),
        RuntimeError("a word of a driver that nobody knew"),
    ]

    async def failing(database: Database, limit: int) -> int:
        if failures:
            raise failures.pop()
        return await write_missing(database, limit)

    monkeypatch.setattr(indexing, "write_missing", failing)
    monkeypatch.setattr(indexing, "EVERY", 0.02)
    running = asyncio.create_task(Indexing(database).run())

    async def missing() -> int:
        return int(await database.fetch_val("SELECT COUNT(*) FROM usuarios WHERE sin_gramas = 1"))

    async def all_written() -> None:
        async with asyncio.timeout(5):
            while await missing():
                await asyncio.sleep(0.01)

    assert await missing() > 3
    await all_written()
    await database.execute("UPDATE usuarios SET nombre = 'Otra' WHERE usuario = 'ana'")
    await all_written()
    assert await database.fetch_val("SELECT usuario FROM gramas WHERE grama = 'otr'") == "ana"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_people_who_were_copied_here_without_their_parts_are_found(
    database: Database, people: list[str]
) -> None:
    await index_names(database)
    await database.execute("DELETE FROM gramas")  # as where only the tables that are known were copied
    running = asyncio.create_task(Indexing(database).run())
    async with asyncio.timeout(5):
        while not await database.fetch_val("SELECT 1 FROM gramas WHERE grama = 'ana'"):
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
