"""A process hands every change on, once whoever it concerns has been judged, through failures and a restored table."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from datetime import timedelta

import pytest

from supportapp.desk import change_follower
from supportapp.desk.change_follower import ChangeFollower
from supportapp.desk.moment import utc_now
from supportapp.store.changes import Change, insert_change
from supportapp.store.database import Database, DatabaseUnavailable
from tests.desk.listening import Listening
from tests.waiting import eventually


async def change(database: Database, *claves: str, age: timedelta = timedelta()) -> None:
    async with database.transaction() as connection:
        for clave in claves:
            await insert_change(connection, "cuenta", clave, utc_now() - age)


class Following:
    """A follower as every process has one, who was judged and what was told, in their order."""

    def __init__(self, database: Database, sockets: Listening) -> None:
        self.happened: list[tuple[str, ...]] = []
        self.away = 0
        self.follower = ChangeFollower(database, sockets, interval=0.05)
        self.follower.concerned = self.judge
        sockets.instead(tell_change=self.tell)

    async def judge(self, names: AbstractSet[str]) -> None:
        if self.away:
            self.away -= 1
            raise DatabaseUnavailable("away")
        self.happened.append(("judged", *sorted(names)))

    def tell(self, change: Change) -> None:
        if change.clave == "roto":
            raise RuntimeError("boom")
        self.happened.append(("told", change.clave))


@pytest.fixture
async def following(database: Database, sockets: Listening) -> AsyncIterator[Following]:
    await change(database, "antes")
    following = Following(database, sockets)
    await following.follower.start_at_head()
    task = asyncio.create_task(following.follower.run())
    yield following
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_who_is_concerned_is_judged_before_anybody_is_told(
    database: Database, following: Following
) -> None:
    await change(database, "ana", "luis")
    await eventually(lambda: len(following.happened) == 3)
    assert following.happened == [("judged", "ana", "luis"), ("told", "ana"), ("told", "luis")]


async def test_nobody_is_told_until_the_database_can_be_asked(
    database: Database, following: Following
) -> None:
    following.away = 2
    await change(database, "ana")
    await eventually(lambda: len(following.happened) == 2)
    assert following.happened == [("judged", "ana"), ("told", "ana")]
    assert following.away == 0


async def test_one_that_cannot_be_told_holds_up_nobody_over_several_pages(
    database: Database, following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_follower, "PAGE", 1)
    await change(database, "roto", "ana", "luis")
    await eventually(lambda: ("told", "luis") in following.happened)
    assert [what for what in following.happened if what[0] == "told"] == [("told", "ana"), ("told", "luis")]


async def test_a_restored_table_is_followed(database: Database, following: Following) -> None:
    await change(database, "ana")
    await eventually(lambda: following.follower.position == 2)
    await database.execute("DELETE FROM cambios")
    await database.execute("UPDATE secuencia SET valor = 0 WHERE nombre = 'cambios'")
    await eventually(lambda: following.follower.position == 0)
    await change(database, "luis")
    await eventually(lambda: ("told", "luis") in following.happened)


async def test_what_is_old_is_forgotten_by_itself(
    database: Database, following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.execute("UPDATE cambios SET fecha = '2026-01-01'")
    await change(database, "viejo", age=timedelta(days=2))
    await change(database, "nuevo")
    monkeypatch.setattr(change_follower, "TIDY_EVERY", 0.0)
    async with asyncio.timeout(10):
        while await database.fetch_val("SELECT COUNT(*) AS n FROM cambios WHERE clave = 'viejo'"):
            await asyncio.sleep(0.02)
    assert ("told", "viejo") in following.happened
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM cambios ") == 1
