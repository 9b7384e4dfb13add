"""Changes are numbered in the order in which they are committed, so that a follower misses none."""

import asyncio
from datetime import datetime, timedelta

import pytest

from supportapp.store import changes
from supportapp.store.changes import Change, delete_changes, insert_change, select_changes, select_last_change
from supportapp.store.database import Database

NOW = datetime(2026, 1, 15, 10)


async def change(database: Database, clave: str, fecha: datetime = NOW) -> None:
    async with database.transaction() as connection:
        await insert_change(connection, "cuenta", clave, fecha)


async def test_whoever_follows_by_number_misses_none(database: Database) -> None:
    """A transaction that began first and ends last has the last number."""
    seen: list[str] = []

    async def follow() -> None:
        position = 0
        while len(seen) < 40:
            for one in (await select_changes(database, position, 500))[1]:
                position = one.id
                seen.append(one.clave)
            await asyncio.sleep(0)

    names = [f"persona{number}" for number in range(40)]
    async with asyncio.timeout(20):
        await asyncio.gather(follow(), *(change(database, name) for name in names))
    assert sorted(seen) == sorted(names)
    assert await select_last_change(database) == 40


async def test_what_was_undone_was_never_there(database: Database) -> None:
    async def undone() -> None:
        async with database.transaction() as connection:
            await insert_change(connection, "sesion", "ana", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    await change(database, "luis")
    assert await select_changes(database, 0, 10) == (1, [Change(1, "cuenta", "luis")])


async def test_pages(database: Database) -> None:
    for name in ("ana", "luis", "extraño"):
        await change(database, name)
    assert await select_changes(database, 0, 2) == (
        3,
        [Change(1, "cuenta", "ana"), Change(2, "cuenta", "luis")],
    )
    assert await select_changes(database, 2, 2) == (3, [Change(3, "cuenta", "extraño")])
    assert await select_changes(database, 3, 2) == (3, [])


async def test_old_ones_are_forgotten_and_numbers_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PORTION", 2)
    for day in range(5):
        await change(database, f"dia{day}", NOW + timedelta(days=day))
    assert await delete_changes(database, NOW + timedelta(days=3)) == 3
    assert await delete_changes(database, NOW + timedelta(days=3)) == 0
    await change(database, "nuevo")
    assert [one.id for one in (await select_changes(database, 0, 10))[1]] == [4, 5, 6]
