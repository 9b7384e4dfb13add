"""The marks: never back, and numbered so that a follower misses no move."""

import asyncio

from supportapp.store.database import Database
from supportapp.store.marks import (
    Mark,
    Reached,
    advance_delivered,
    advance_read,
    select_last_move,
    select_mark,
    select_moves,
    select_reached,
)
from tests.store.talk import say


async def read(database: Database, lector: str, usuario: str, hasta: int, recibidos: int = 0) -> bool:
    async with database.transaction() as connection:
        return await advance_read(connection, lector, usuario, hasta, recibidos)


async def deliver(database: Database, lector: str, usuario: str, hasta: int) -> bool:
    async with database.transaction() as connection:
        return await advance_delivered(connection, lector, usuario, hasta)


async def test_marks_never_go_back(database: Database, people: list[str]) -> None:
    assert await select_mark(database, "marta", "ana") is None
    steps = [
        ((5, 2), True),
        ((5, 2), False),
        ((3, 1), False),
        ((0, 0), False),
        ((6, 2), True),
        ((6, 3), True),
        ((4, 9), True),
    ]
    for (hasta, recibidos), moved in steps:
        async with database.transaction() as connection:
            assert await advance_read(connection, "marta", "ana", hasta, recibidos) is moved
    mark = await select_mark(database, "marta", "ana")
    assert mark is not None
    assert (mark.entregado_hasta, mark.leido_hasta, mark.recibidos_leidos) == (6, 6, 9)
    assert await select_mark(database, "elena", "ana") is None


async def test_marks_of_many_devices_at_once_end_at_the_furthest(
    database: Database, people: list[str]
) -> None:
    async def read(hasta: int) -> bool:
        async with database.transaction() as connection:
            return await advance_read(connection, "marta", "ana", hasta, hasta)

    moved = await asyncio.gather(*[read(hasta) for hasta in (3, 9, 1, 7, 9, 2)])
    assert any(moved)
    mark = await select_mark(database, "marta", "ana")
    assert mark is not None
    assert (mark.leido_hasta, mark.recibidos_leidos) == (9, 9)


async def test_what_is_read_is_delivered_and_neither_goes_back(database: Database, people: list[str]) -> None:
    steps = [(deliver, 4, True), (deliver, 3, False), (read, 2, True), (read, 6, True), (deliver, 5, False)]
    for advance, hasta, moved in steps:
        assert await advance(database, "marta", "ana", hasta) is moved
    assert await select_mark(database, "marta", "ana") == Mark("marta", "ana", 6, 6, 0)
    assert await deliver(database, "marta", "ana", 9)
    assert await select_mark(database, "marta", "ana") == Mark("marta", "ana", 9, 6, 0)


async def test_every_move_has_its_number_and_what_is_no_move_has_none(
    database: Database, people: list[str]
) -> None:
    assert await select_last_move(database) == 0
    await say(database, ("ana", "admin", "uno"), ("ana", "admin", "dos"))
    await read(database, "marta", "ana", 1, 1)
    await deliver(database, "elena", "ana", 2)
    await read(database, "marta", "ana", 1, 1)
    await deliver(database, "elena", "ana", 1)
    assert await select_last_move(database) == 2
    marta, elena = await select_moves(database, 0, 10)
    assert (marta.lector, marta.cambio, marta.cambio_leido, marta.unread) == ("marta", 1, 1, 1)
    assert (elena.lector, elena.cambio, elena.cambio_leido, elena.unread) == ("elena", 2, 0, 2)
    await deliver(database, "marta", "ana", 2)
    (again,) = await select_moves(database, 2, 10)
    assert (again.lector, again.entregado_hasta, again.leido_hasta) == ("marta", 2, 1)
    assert (again.cambio, again.cambio_leido) == (3, 1)
    assert [move.lector for move in await select_moves(database, 0, 10)] == ["elena", "marta"]
    assert [move.lector for move in await select_moves(database, 0, 1)] == ["elena"]


async def test_moves_of_many_writers_have_one_order_without_doubles(
    database: Database, people: list[str]
) -> None:
    pairs = [(lector, usuario) for lector in ("marta", "elena", "admin") for usuario in ("ana", "luis")]
    await asyncio.gather(
        *[read(database, *pair, hasta) for pair in pairs for hasta in (1, 2)],
        *[deliver(database, *pair, 3) for pair in pairs],
    )
    moves = await select_moves(database, 0, 100)
    assert {(move.lector, move.usuario) for move in moves} == set(pairs)
    assert {(move.entregado_hasta, move.leido_hasta) for move in moves} == {(3, 2)}
    numbers = [move.cambio for move in moves]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    assert numbers[-1] == await select_last_move(database)


async def test_a_transaction_that_fails_leaves_no_number(database: Database, people: list[str]) -> None:
    try:
        async with database.transaction() as connection:
            await advance_read(connection, "marta", "ana", 1, 1)
            raise RuntimeError
    except RuntimeError:
        pass
    assert await select_last_move(database) == 0
    assert await select_mark(database, "marta", "ana") is None


async def test_how_far_messages_have_come_with_others_and_with_oneself(
    database: Database, people: list[str]
) -> None:
    await read(database, "marta", "ana", 3)
    await deliver(database, "elena", "ana", 5)
    await read(database, "ana", "ana", 9)
    await deliver(database, "luis", "luis", 2)
    others, own = await select_reached(database, ["ana", "luis", "extrano"])
    assert others == {"ana": Reached(5, 3)}
    assert own == {"ana": Reached(9, 9), "luis": Reached(2, 0)}
    assert await select_reached(database, []) == ({}, {})
