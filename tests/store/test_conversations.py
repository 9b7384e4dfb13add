"""The list of conversations, the people a batch needs, and the epoch."""

import pytest

from supportapp.store.conversations import (
    Person,
    Summary,
    select_conversation,
    select_conversations,
    select_desk_conversations,
    upsert_conversations,
)
from supportapp.store.database import Database
from supportapp.store.longest_wait import select_longest_wait
from supportapp.store.marks import advance_read
from supportapp.store.sequence import renew_epoch, select_epoch
from supportapp.store.users import insert_user
from supportapp.store.writing import people_in, select_people
from tests.conftest import JOINED
from tests.store.talk import at, say


async def people_of(database: Database, *names: str) -> dict[str, Person]:
    return people_in(await database.fetch_all(*select_people(names)))


async def test_what_the_writer_knows_of_people(database: Database, people: list[str]) -> None:
    await say(
        database,
        ("ana", "admin", "1"),
        ("ana", "luis", "2"),
        ("marta", "luis", "a Luis"),
        ("ana", "admin", "3"),
    )
    found = await people_of(database, "ana", "luis", "marta", "extrano", "ANA", "nadie")
    assert {name: person.numero for name, person in found.items()} == {
        "ana": 3,
        "luis": 0,
        "marta": 1,
        "extrano": 0,
    }
    assert found["extrano"] == Person("extrano", "Extraño", "user", True, None, 0, None)
    assert found["ana"].conversation == Summary("ana", 4, "ana", "3", at(4), 3, at(4), True)
    luis = found["luis"].conversation
    assert luis is not None
    assert (luis.ultimo_de, luis.recibidos, luis.esperando_desde, luis.con_mesa) == ("marta", 0, None, True)
    assert found["marta"].conversation is None
    assert await people_of(database) == {}


async def test_who_has_waited_for_longest(database: Database, people: list[str]) -> None:
    assert await select_longest_wait(database) is None
    waiting = {"ana": 3, "luis": 2, "extrano": 1}
    rows = [Summary(name, 1, name, "?", at(n), 0, at(n), True) for name, n in waiting.items()]
    answered = Summary("marta", 1, "marta", "!", at(1), 0, None, True)
    async with database.transaction() as connection:
        await connection.ask(*upsert_conversations(database.dialect, [*rows, answered]))
    assert await select_longest_wait(database) == at(1)
    await database.execute("UPDATE usuarios SET activo = 0 WHERE usuario = 'extrano'")  # cannot be answered
    assert await select_longest_wait(database) == at(2)
    await database.execute(
        "UPDATE usuarios SET rol = 'admin' WHERE usuario = 'luis'"
    )  # is in no list any more
    assert await select_longest_wait(database) == at(3)


async def test_summaries_are_replaced_whole(database: Database, people: list[str]) -> None:
    rows = [Summary(name, 1, name, "👩🏽‍🚀" * 10, at(1), 1, at(1), True) for name in ("luis", "ana")]
    async with database.transaction() as connection:
        later = [Summary("ana", 2, "marta", "ok", at(2), 1, None, True)]
        for some in (rows, later, []):
            await connection.ask(*upsert_conversations(database.dialect, some))
    found = await people_of(database, "ana", "luis")
    assert found["luis"].conversation == rows[0]
    assert found["ana"].conversation == Summary("ana", 2, "marta", "ok", at(2), 1, None, True)


async def test_the_list_is_latest_first_with_each_readers_own_unread(
    database: Database, people: list[str]
) -> None:
    await say(
        database,
        ("ana", "admin", "1"),
        ("luis", "marta", "1"),
        ("luis", "admin", "2"),
        ("elena", "ana", "ok"),
    )
    async with database.transaction() as connection:
        await advance_read(connection, "marta", "luis", 2, 1)
    ana, luis = await select_conversations(database, "marta")
    assert (ana.usuario, ana.nombre, ana.vista_previa, ana.ultimo_de, ana.unread) == (
        "ana",
        "Ana",
        "ok",
        "elena",
        1,
    )
    assert (luis.usuario, luis.unread, luis.esperando_desde, luis.con_mesa) == ("luis", 1, at(3), True)
    assert luis.con_mesa is True
    assert [row.unread for row in await select_conversations(database, "elena")] == [1, 2]
    assert await select_conversation(database, "marta", "luis") == luis
    for other in ("extrano", "LUIS", "luis ", "marta"):
        assert await select_conversation(database, "marta", other) is None


@pytest.fixture
async def crowd(database: Database, people: list[str]) -> list[str]:
    """Forty people who wrote one after the other; latest first."""
    names = [f"persona-{n:02}" for n in range(40)]
    for name in names:
        await insert_user(database, name, f"Núm_{name[-2:]}% Íñigo", "user", None, JOINED)
    await say(database, *[(name, "admin", "hola") for name in names])
    return names[::-1]


async def test_pages_of_the_list_in_both_directions(database: Database, crowd: list[str]) -> None:
    down: list[str] = []
    before = None
    while page := await select_conversations(database, "marta", before=before, limit=7):
        down += [row.usuario for row in page]
        before = page[-1].ultimo_id
    assert down == crowd
    up: list[str] = []
    after = 0
    while page := await select_conversations(database, "marta", after=after, limit=7):
        up = [row.usuario for row in page] + up
        after = page[0].ultimo_id
    assert up == crowd


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("persona-1", 10),
        ("PERSONA-1", 10),
        ("persona-100", 0),
        ("inigo", 40),
        ("íÑI", 40),
        ("num_0", 10),
        ("m_", 40),
        ("_%", 0),
        ("%", 40),
        ("0%", 4),
        ("!", 0),
        ("'", 0),
        ("\\", 0),
        (" ", 40),
    ],
)
async def test_search_finds_what_contains_it_literally(
    database: Database, crowd: list[str], search: str, count: int
) -> None:
    assert len(await select_conversations(database, "marta", search=search, limit=100)) == count
    assert len(await select_conversations(database, "marta", search=search, limit=3)) == min(count, 3)


async def test_those_who_have_an_exchange_with_the_desk(database: Database, people: list[str]) -> None:
    await say(
        database, ("ana", "luis", "entre nosotros"), ("extrano", "admin", "hola"), ("marta", "elena", "oye")
    )
    assert await select_desk_conversations(database) == ["extrano"]
    await say(database, ("elena", "luis", "hola"))
    assert await select_desk_conversations(database) == ["luis", "extrano"]
    await database.execute("UPDATE usuarios SET rol = 'admin' WHERE usuario = 'extrano'")
    assert await select_desk_conversations(database) == ["luis"]


async def test_a_restored_database_counts_in_a_new_epoch(database: Database) -> None:
    before = await select_epoch(database)
    renewed = await renew_epoch(database, before)
    assert renewed != before
    assert await select_epoch(database) == renewed
    assert await renew_epoch(database, before) == renewed  # another process has seen it, too: one new epoch
