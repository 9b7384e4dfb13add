"""The dispatcher: each row once, in the order of the ids, whoever committed it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from supportapp.desk.committer import Committer
from supportapp.desk.directory import Directory
from supportapp.desk.dispatcher import Dispatcher
from supportapp.desk.provisional import Provisional
from supportapp.desk.sending import check
from supportapp.desk.viewer import Viewer
from supportapp.desk.writer import Writer
from supportapp.store.database import Database
from supportapp.store.messages import Message
from supportapp.store.sequence import select_epoch
from tests.desk.listening import Listening
from tests.waiting import eventually

ANA = Viewer("ana", "Ana", "user")


@pytest.fixture
async def writers(database: Database, people: object) -> AsyncIterator[list[Writer]]:
    """Two writers, as two processes have them; `rows` of each are what it announced."""
    rows: list[list[Message]] = [[], []]
    writers = [Writer(Committer(database, Directory(), "anyone"), one.extend, deadline=2) for one in rows]
    for writer, one in zip(writers, rows, strict=True):
        writer.rows = one  # type: ignore[attr-defined]
    tasks = [asyncio.create_task(writer.run()) for writer in writers]
    yield writers
    for writer in writers:
        writer.close()
    await asyncio.gather(*tasks)


async def say(writer: Writer, *texts: str) -> list[Message]:
    """The announced rows of these messages."""
    for text in texts:
        await writer.submit(check(ANA, {"para": "admin", "mensaje": text}))
    rows: list[Message] = writer.rows  # type: ignore[attr-defined]
    taken = list(rows)
    rows.clear()
    return taken


@pytest.fixture
async def following(
    database: Database, people: object, sockets: Listening
) -> AsyncIterator[tuple[Dispatcher, list[int]]]:
    dispatcher, heard = Dispatcher(database, Provisional(), sockets, interval=0.05), []
    sockets.instead(deliver=lambda message, shown: heard.append(message.id))
    await dispatcher.start_at_head()
    task = asyncio.create_task(dispatcher.run())
    yield dispatcher, heard
    task.cancel()


async def test_own_rows_and_those_of_others_come_in_order_once(
    writers: list[Writer], following: tuple[Dispatcher, list[int]]
) -> None:
    dispatcher, heard = following
    mine, other = writers
    for number in range(20):
        await say(other, f"o{number}")
        dispatcher.committed(await say(mine, f"a{number}", f"b{number}"))
    await eventually(lambda: len(heard) >= 60)
    assert heard == list(range(1, 61))


async def test_rows_that_were_read_already_are_not_handed_on_again(
    writers: list[Writer], following: tuple[Dispatcher, list[int]]
) -> None:
    dispatcher, heard = following
    rows = await say(writers[0], "uno", "dos")
    await eventually(lambda: heard == [1, 2])
    dispatcher.committed(rows)
    await asyncio.sleep(0.2)
    assert heard == [1, 2]


async def test_it_starts_at_the_head(writers: list[Writer], database: Database) -> None:
    await say(writers[0], "antes")
    heard: list[int] = []
    sockets = Listening(deliver=lambda message, shown: heard.append(message.id))
    dispatcher = Dispatcher(database, Provisional(), sockets, interval=0.05)
    await dispatcher.start_at_head()
    task = asyncio.create_task(dispatcher.run())
    await say(writers[0], "después")
    await eventually(lambda: heard == [2])
    task.cancel()


async def test_one_message_that_cannot_be_shown_holds_up_nobody(
    writers: list[Writer], following: tuple[Dispatcher, list[int]], sockets: Listening
) -> None:
    _, heard = following

    def deliver(message: Message, shown: bool) -> None:
        if message.id == 2:
            raise RuntimeError("boom")
        heard.append(message.id)

    sockets.instead(deliver=deliver)
    await say(writers[0], "uno", "dos", "tres")
    await eventually(lambda: heard == [1, 3])


async def test_another_row_at_the_own_place_is_another_history(
    writers: list[Writer], following: tuple[Dispatcher, list[int]], database: Database
) -> None:
    dispatcher, _ = following
    await say(writers[0], "uno", "dos", "tres")
    await eventually(lambda: dispatcher.position == 3)
    before = dispatcher.epoca
    await database.execute("UPDATE mensajes SET id_cliente = 'de-otra-historia' WHERE id = 3")
    await eventually(lambda: dispatcher.epoca != before)
    assert (dispatcher.position, dispatcher.epoca) == (3, await select_epoch(database))


async def test_a_restored_database_is_followed_from_where_it_is(
    writers: list[Writer], following: tuple[Dispatcher, list[int]], database: Database
) -> None:
    dispatcher, heard = following
    await say(writers[0], "uno", "dos", "tres")
    await eventually(lambda: heard == [1, 2, 3])
    for statement in ("DELETE FROM mensajes WHERE id > 1", "UPDATE secuencia SET valor = 1"):
        await database.execute(statement)
    await eventually(lambda: dispatcher.position == 1)
    await say(writers[0], "otro dos")
    await eventually(lambda: heard == [1, 2, 3, 2])


async def test_a_defect_that_passes_does_not_end_the_following(
    writers: list[Writer],
    following: tuple[Dispatcher, list[int]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dispatcher, heard = following
    turns = 0

    async def fail() -> None:
        nonlocal turns
        turns += 1
        raise RuntimeError("a word of a driver that nobody knew")

    with monkeypatch.context() as broken:
        broken.setattr(dispatcher, "advance", fail)
        await eventually(lambda: turns > 3)
    await say(writers[1], "uno")
    await eventually(lambda: heard == [1])
    assert capsys.readouterr().out.count("cannot follow the table") == 1


async def test_a_defect_that_stays_ends_it_so_that_the_process_is_restarted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise RuntimeError("for ever")

    dispatcher = Dispatcher(database, Provisional(), Listening(), interval=0.01)
    monkeypatch.setattr(dispatcher, "advance", fail)
    monkeypatch.setattr("supportapp.desk.follower.LASTING", 0.1)
    with pytest.raises(RuntimeError, match="for ever"):
        await asyncio.wait_for(dispatcher.run(), 5)
