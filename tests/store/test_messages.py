"""A person's history in pages by id: the right rows, each once, in order."""

import random
from dataclasses import replace

import pytest

from supportapp.store.database import Database, RowRefused
from supportapp.store.messages import (
    Last,
    Message,
    NewMessage,
    insert_messages,
    iso,
    select_last_received,
    select_last_sent,
    select_messages_after,
    select_messages_before,
    select_messages_since,
    select_stored,
    stream_messages,
)
from supportapp.store.sequence import select_count_and_max, select_head
from tests.store.talk import at, say

ROW = NewMessage(1, "ana", "admin", "hola", at(1), False, 1, "ana-1", "0" * 32)


def ids(messages: list[Message]) -> list[int]:
    return [message.id for message in messages]


async def test_a_message_comes_back_whole(database: Database, people: list[str]) -> None:
    text = "<b>¡Hola!</b> 👩🏽‍🚀 مرحبا \t\n 100% :nombre \\ 'q' \"d\""
    await say(database, ("ana", "admin", text), ("marta", "ana", "ok"))
    first, second = await select_messages_before(database, "ana", None, 10)
    assert first == Message(
        id=1,
        de_usuario="ana",
        para_usuario="admin",
        mensaje=text,
        fecha=at(1),
        de_admin=False,
        numero=1,
        id_cliente="ana-1",
        de_nombre="Ana",
        para_nombre="Soporte",
        para_admin=True,
    )
    assert (first.de_admin is False, first.para_admin is True) == (True, True)
    assert (second.de_admin is True, second.para_admin is False) == (True, True)
    assert iso(first.fecha) == "2026-01-15T10:00:01.250Z"


async def test_pages_hold_the_right_rows_whatever_the_mix(database: Database, people: list[str]) -> None:
    """Against a plain reading of all rows, for everyone, every page size and both directions."""
    chance = random.Random(7)
    names = [*people, "admin"]
    lines = [tuple(chance.sample(names, 2)) for _ in range(120)]
    await say(database, *[(de, para, f"{de} a {para}") for de, para in lines])
    everything = await select_messages_since(database, 0, 1000)
    assert ids(everything) == list(range(1, 121))
    for name in names:
        own = [message for message in everything if name in (message.de_usuario, message.para_usuario)]
        assert [message async for message in stream_messages(database, name)] == own
        for size in (1, 7, 50):
            forward: list[Message] = []
            while page := await select_messages_after(database, name, forward[-1].id if forward else 0, size):
                forward += page
            backward: list[Message] = []
            while page := await select_messages_before(
                database, name, backward[0].id if backward else None, size
            ):
                backward = page + backward
            assert forward == backward == own


async def test_the_stranger_has_nothing(database: Database, people: list[str]) -> None:
    await say(database, ("ana", "admin", "hola"), ("ana", "luis", "hola"))
    for name in ("extrano", "ANA", "ana ", "nadie"):
        if name != "ana ":  # MySQL's blank; names are looked up in `usuarios` first
            assert await select_messages_before(database, name, None, 10) == []
            assert await select_messages_after(database, name, 0, 10) == []


async def test_the_dispatcher_reads_on_from_where_it_was(database: Database, people: list[str]) -> None:
    await say(database, *[("ana", "luis", str(n)) for n in range(9)])
    assert ids(await select_messages_since(database, 0, 4)) == [1, 2, 3, 4]
    assert ids(await select_messages_since(database, 4, 4)) == [5, 6, 7, 8]
    assert ids(await select_messages_since(database, 9, 4)) == []


async def test_what_is_stored_already(database: Database, people: list[str]) -> None:
    await say(database, *[("ana", "admin", str(n)) for n in range(100)], ("luis", "admin", "x"))
    keys = [("ana", f"ana-{n}") for n in range(1, 101)] + [
        ("luis", "ana-1"),
        ("ana", "ANA-1"),
        ("luis", "luis-101"),
    ]
    stored = await select_stored(database, keys)
    assert sorted(row.id for row in stored) == list(range(1, 102))
    assert (stored[0].fecha, stored[0].huella) == (at(stored[0].id), f"{stored[0].id:032x}")
    assert await select_stored(database, []) == []


@pytest.mark.parametrize(
    ("changes", "duplicate"),
    [
        ({"id": 2}, True),  # the same id_cliente of the same sender
        ({"id_cliente": "ana-2"}, True),  # the same id
        ({"id": 2, "id_cliente": "ana-2", "de_usuario": "nadie"}, False),
        ({"id": 2, "id_cliente": "ana-2", "de_usuario": "ANA"}, False),
        ({"id": 2, "id_cliente": "ana-2", "para_usuario": "ádmin"}, False),
        ({"id": 2, "id_cliente": "ana-2", "mensaje": "x" * 65_536}, False),
        ({"id": 2, "id_cliente": "ana-2", "mensaje": "\ud800"}, False),
        ({"id": 2, "id_cliente": "x" * 65}, False),
    ],
)
async def test_rows_that_are_refused(
    database: Database, people: list[str], changes: dict[str, object], duplicate: bool
) -> None:
    async with database.transaction() as connection:
        await connection.ask(*insert_messages([ROW]))
    rows = [replace(ROW, id=3, id_cliente="good"), replace(ROW, **changes)]
    with pytest.raises(RowRefused) as refusal:
        async with database.transaction() as connection:
            await connection.ask(*insert_messages(rows))
    assert refusal.value.duplicate is duplicate
    assert await select_count_and_max(database) == (1, 1)


async def test_an_id_of_the_client_is_exact_and_per_sender(database: Database, people: list[str]) -> None:
    async with database.transaction() as connection:
        rows = [ROW, replace(ROW, id=2, id_cliente="ANA-1"), replace(ROW, id=3, de_usuario="luis")]
        await connection.ask(*insert_messages(rows))
    assert await select_count_and_max(database) == (3, 3)


async def test_the_end_of_what_somebody_sent_and_received(database: Database, people: list[str]) -> None:
    await say(
        database, ("ana", "admin", "1"), ("luis", "ana", "1"), ("ana", "luis", "2"), ("marta", "ana", "1")
    )
    sent = [await select_last_sent(database, "ana", hasta) for hasta in (0, 1, 2, 3, 4, 2**62)]
    assert sent == [None, Last(1, 1), Last(1, 1), Last(3, 2), Last(3, 2), Last(3, 2)]
    received = [await select_last_received(database, "ana", hasta) for hasta in (1, 2, 3, 4, 2**62)]
    assert received == [None, Last(2, 1), Last(2, 1), Last(4, 1), Last(4, 1)]
    for name in ("extrano", "ANA", "ana ", "nadie"):
        assert await select_last_sent(database, name, 4) is None
        assert await select_last_received(database, name, 4) is None


async def test_ids_have_no_holes_and_the_head_is_the_last(database: Database, people: list[str]) -> None:
    assert await select_count_and_max(database) == (0, 0)
    await say(database, *[("ana", "admin", str(n)) for n in range(12)])
    with pytest.raises(RowRefused):
        await say(database, ("ana", "admin", "\ud800"))
    await say(database, ("ana", "admin", "otra"))
    assert await select_count_and_max(database) == (13, 13)
    assert await select_head(database) == 13
