"""Receipts on their way: clamped to what is true, gathered, kept while the database is away, followed by all."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from supportapp.desk import mark_follower, receipts
from supportapp.desk.claims import Claim, write_claims
from supportapp.desk.mark_follower import MarkFollower
from supportapp.desk.receipts import Receipts
from supportapp.desk.viewer import Viewer
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.marks import Mark, Move, advance_delivered, advance_read, select_last_move, select_mark
from tests.desk.listening import Listening
from tests.store.talk import say
from tests.waiting import eventually

ANA, MARTA = Viewer("ana", "Ana", "user"), Viewer("marta", "Marta", "admin")
Told = list[tuple[str, int, int, bool]]


@pytest.fixture
async def talk(database: Database, people: object) -> Database:
    """1 Ana to the desk, 2 Marta to Ana, 3 Luis to the desk, 4 Ana to Luis, 5 Elena to Luis."""
    await say(
        database,
        ("ana", "admin", "1"),
        ("marta", "ana", "2"),
        ("luis", "admin", "3"),
        ("ana", "luis", "4"),
        ("elena", "luis", "5"),
    )
    return database


@pytest.mark.parametrize(
    ("lector", "con", "hasta", "true"),
    [
        ("marta", "ana", 3, 1),
        ("marta", "ana", 10**18, 4),
        ("marta", "luis", 2, None),
        ("marta", "luis", 5, 3),
        ("ana", "ana", 1, None),
        ("ana", "ana", 10**18, 2),
        ("luis", "luis", 5, 5),
        ("marta", "marta", 5, None),
        ("marta", "elena", 9, 5),
        ("marta", "nadie", 5, None),
        ("marta", "ana ", 5, None),
        ("marta", "ANA", 5, None),
    ],
)
async def test_a_claim_is_cut_to_what_is_addressed_to_the_reader_and_exists(
    talk: Database, lector: str, con: str, hasta: int, true: int | None
) -> None:
    for claim in (Claim(entregado=hasta), Claim(hasta, hasta)):
        assert await write_claims(talk, {(lector, con): claim}) == (0 if true is None else 1)
        assert await write_claims(talk, {(lector, con): claim}) == 0  # no news, no move
        mark = await select_mark(talk, lector, con)
        if true is None:
            assert mark is None
        else:
            assert mark is not None
            assert (mark.entregado_hasta, mark.leido_hasta) == (true, true if claim.leido else 0)
    assert await select_last_move(talk) == (0 if true is None else 2)


async def test_delivery_beyond_what_is_read(talk: Database) -> None:
    await write_claims(talk, {("marta", "ana"): Claim(entregado=4, leido=2)})
    assert await select_mark(talk, "marta", "ana") == Mark("marta", "ana", 4, 1, 1)


async def test_no_news_take_no_lock(talk: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await write_claims(talk, {("marta", "ana"): Claim(4, 4)})

    def transaction(*_: object) -> None:
        raise AssertionError("asked for a transaction")

    monkeypatch.setattr(talk, "transaction", transaction)
    assert await write_claims(talk, {("marta", "ana"): Claim(4, 4), ("ana", "ana"): Claim(1, 1)}) == 0


@pytest.fixture
async def writing(talk: Database) -> AsyncIterator[Receipts]:
    writing = Receipts(talk)
    task = asyncio.create_task(writing.run())
    yield writing
    await ended(task)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_many_receipts_are_few_transactions(talk: Database, writing: Receipts) -> None:
    transactions = []
    writing.moved = lambda: transactions.append(1)
    for hasta in range(1, 5):
        for device in range(50):
            writing.delivered(MARTA, "ana", hasta - device % 2)
            writing.read(MARTA, "luis", hasta)
    writing.read(ANA, "ana", 4)
    writing.read(ANA, "luis", 4)  # not hers
    await eventually(lambda: bool(transactions))
    await asyncio.sleep(0.3)
    assert len(transactions) == 1
    assert await select_mark(talk, "marta", "ana") == Mark("marta", "ana", 4, 0, 0)
    assert await select_mark(talk, "marta", "luis") == Mark("marta", "luis", 3, 3, 1)
    assert await select_mark(talk, "ana", "ana") == Mark("ana", "ana", 2, 2, 0)
    assert await select_mark(talk, "ana", "luis") is None


async def test_receipts_that_follow_each_other_gather(talk: Database, writing: Receipts) -> None:
    await say(talk, *[("ana", "admin", "más")] * 30)
    for hasta in range(6, 36):  # each is news
        writing.read(MARTA, "ana", hasta)
        await asyncio.sleep(0.015)
    async with asyncio.timeout(5):
        while (mark := await select_mark(talk, "marta", "ana")) is None or mark.leido_hasta < 35:
            await asyncio.sleep(0.02)
    assert await select_last_move(talk) <= 12


async def test_a_receipt_waits_for_the_database_and_others_overtake_nothing(
    talk: Database, writing: Receipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "RETRY", 0.05)
    transaction, fails = talk.transaction, [1, 2, 3]

    def away() -> object:
        if fails:
            fails.pop()
            raise DatabaseUnavailable("away")
        return transaction()

    monkeypatch.setattr(talk, "transaction", away)
    moved = []
    writing.moved = lambda: moved.append(1)
    writing.read(MARTA, "ana", 4)
    await asyncio.sleep(0.06)
    writing.read(MARTA, "ana", 1)  # older, and it comes later
    await eventually(lambda: bool(moved))
    assert await select_mark(talk, "marta", "ana") == Mark("marta", "ana", 4, 4, 2)


async def test_a_receipt_that_is_refused_holds_up_no_other(talk: Database, writing: Receipts) -> None:
    ghost = Viewer("fantasma", "Fantasma", "admin")
    moved = []
    writing.moved = lambda: moved.append(1)
    writing.read(ghost, "ana", 4)  # the account is gone: its row cannot be stored
    writing.read(MARTA, "ana", 4)
    await eventually(lambda: bool(moved))
    assert await select_mark(talk, "marta", "ana") == Mark("marta", "ana", 4, 4, 2)


async def test_what_is_left_at_a_stop_is_written(talk: Database) -> None:
    stopping = Receipts(talk)
    task = asyncio.create_task(stopping.run())
    stopping.read(MARTA, "ana", 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # in the middle of writing it
    await ended(task)
    stopping.read(MARTA, "luis", 3)
    await stopping.finish(2)
    assert await select_mark(talk, "marta", "ana") == Mark("marta", "ana", 1, 1, 1)
    assert await select_mark(talk, "marta", "luis") == Mark("marta", "luis", 3, 3, 1)


@pytest.fixture
async def following(talk: Database, sockets: Listening) -> AsyncIterator[tuple[MarkFollower, Told]]:
    """A follower, as every process has one, and what it handed on."""
    follower, told = MarkFollower(talk, sockets, interval=0.05), []
    await follower.start_at_head()
    sockets.instead(tell_mark=lambda move, read: told.append(summed_up(move, read)))
    task = asyncio.create_task(follower.run())
    yield follower, told
    await ended(task)


def summed_up(move: Move, read: bool) -> tuple[str, int, int, bool]:
    return move.lector, move.entregado_hasta, move.leido_hasta, read


async def test_every_move_is_told_whoever_made_it(
    talk: Database, following: tuple[MarkFollower, Told]
) -> None:
    _, told = following
    await write_claims(talk, {("marta", "ana"): Claim(entregado=4)})
    await eventually(lambda: len(told) == 1)
    await write_claims(talk, {("marta", "ana"): Claim(4, 1), ("ana", "ana"): Claim(2, 2)})
    await eventually(lambda: len(told) == 3)
    await asyncio.sleep(0.2)
    assert told == [("marta", 4, 0, False), ("marta", 4, 1, True), ("ana", 2, 2, True)]


async def test_a_wake_up_is_heard_at_once(talk: Database) -> None:
    told: list[str] = []
    sockets = Listening(tell_mark=lambda move, read: told.append(move.lector))
    follower = MarkFollower(talk, sockets, interval=60)
    await follower.start_at_head()
    task = asyncio.create_task(follower.run())
    await asyncio.sleep(0.1)
    await write_claims(talk, {("marta", "ana"): Claim(4, 4)})
    follower.wake()
    await eventually(lambda: bool(told))
    await ended(task)


async def test_reading_is_told_even_where_a_delivery_moved_the_mark_on(
    talk: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two moves between two looks, over several pages: what is told is where the mark stands, read included."""
    monkeypatch.setattr(mark_follower, "PAGE", 1)
    told: Told = []
    follower = MarkFollower(talk, Listening(tell_mark=lambda move, read: told.append(summed_up(move, read))))
    async with talk.transaction() as connection:
        await advance_read(connection, "elena", "ana", 1, 1)
        await advance_read(connection, "marta", "ana", 1, 1)
        await advance_delivered(connection, "admin", "ana", 4)
        await advance_delivered(connection, "elena", "ana", 4)
    task = asyncio.create_task(follower.run())
    await eventually(lambda: len(told) == 3)
    await ended(task)
    assert told == [("marta", 1, 1, True), ("admin", 4, 0, False), ("elena", 4, 1, True)]


async def test_after_a_failure_in_the_middle_nothing_is_missed(
    talk: Database, following: tuple[MarkFollower, Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, told = following
    monkeypatch.setattr(mark_follower, "PAGE", 1)
    select_moves, fails = mark_follower.select_moves, [1]

    async def interrupted(database: Database, after: int, limit: int) -> list[Move]:
        if fails and after > 0:
            fails.pop()
            raise DatabaseUnavailable("away")
        return await select_moves(database, after, limit)

    monkeypatch.setattr(mark_follower, "select_moves", interrupted)
    await write_claims(talk, {("marta", "ana"): Claim(4, 4), ("elena", "ana"): Claim(1, 1)})
    await eventually(lambda: ("elena", 1, 1, True) in told)
    assert not fails
    assert set(told) == {("marta", 4, 4, True), ("elena", 1, 1, True)}


async def test_one_mark_that_cannot_be_told_holds_up_nobody_and_a_restored_table_is_followed(
    talk: Database, following: tuple[MarkFollower, Told], sockets: Listening
) -> None:
    follower, told = following

    def moved(move: Move, read: bool) -> None:
        if move.lector == "marta":
            raise RuntimeError("boom")
        told.append(summed_up(move, read))

    sockets.instead(tell_mark=moved)
    await write_claims(talk, {("marta", "ana"): Claim(4, 4), ("elena", "ana"): Claim(4, 4)})
    await eventually(lambda: bool(told))
    await talk.execute("DELETE FROM lecturas")
    await talk.execute("UPDATE secuencia SET valor = 0 WHERE nombre = 'lecturas'")
    await eventually(lambda: follower.position == 0)
    await write_claims(talk, {("elena", "ana"): Claim(1, 1)})
    await eventually(lambda: len(told) == 2)
    assert told == [("elena", 4, 4, True), ("elena", 1, 1, True)]
