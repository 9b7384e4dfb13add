"""The writer: what fails is refused alone, what is queued is committed, what is said is stored."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from supportapp.desk.access import close_session
from supportapp.desk.committer import Committer
from supportapp.desk.directory import Directory
from supportapp.desk.outcomes import Saved
from supportapp.desk.sending import Draft, check
from supportapp.desk.viewer import Viewer
from supportapp.desk.writer import MAX_BATCH, Writer
from supportapp.errors import SupportError
from supportapp.store.database import Database
from supportapp.store.messages import Message, select_messages_after
from supportapp.store.sequence import select_count_and_max
from tests.open_sessions import a_session
from tests.waiting import eventually

ANA = Viewer("ana", "Ana", "user")


class Announced:
    """What the writer announced, batch by batch."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Message]] = []

    def __call__(self, messages: Sequence[Message]) -> None:
        self.batches.append(messages)

    @property
    def texts(self) -> list[str]:
        return [message.mensaje for batch in self.batches for message in batch]


@pytest.fixture
def announced() -> Announced:
    return Announced()


@pytest.fixture
async def writer(database: Database, people: object, announced: Announced) -> AsyncIterator[Writer]:
    writer = Writer(Committer(database, Directory(), "anyone"), announced, deadline=2)
    task = asyncio.create_task(writer.run())
    yield writer
    writer.close()
    await asyncio.wait_for(task, 5)


def draft(text: str, **changes: object) -> Draft:
    return replace(check(ANA, {"para": "admin", "mensaje": text}), **changes)  # type: ignore[arg-type]


async def test_what_queued_up_is_one_transaction_of_at_most_a_hundred(
    writer: Writer, announced: Announced
) -> None:
    futures = [writer.submit(draft(str(number))) for number in range(250)]
    saved = await asyncio.gather(*futures)
    assert [one.id for one in saved] == list(range(1, 251))
    assert [len(batch) for batch in announced.batches] == [MAX_BATCH, MAX_BATCH, 50]


async def test_an_announced_message_reads_like_the_stored_one(
    writer: Writer, announced: Announced, database: Database
) -> None:
    await writer.submit(draft("hola"))
    await writer.submit(draft("a Luis", para="luis"))
    stored = await select_messages_after(database, "ana", 0, 10)
    assert [message for batch in announced.batches for message in batch] == stored


async def test_a_row_the_database_refuses_is_found_and_refused_alone(
    writer: Writer, announced: Announced, database: Database
) -> None:
    drafts = [draft(str(number), **({"huella": None} if number == 33 else {})) for number in range(80)]
    outcomes = await asyncio.gather(*[writer.submit(one) for one in drafts], return_exceptions=True)
    refused = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, SupportError)]
    assert refused == [33]
    assert announced.texts == [str(number) for number in range(80) if number != 33]
    assert await select_count_and_max(database) == (79, 79)


async def test_a_storm_of_repeats_costs_one_transaction(
    writer: Writer, announced: Announced, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = 0
    exchange = database.exchange

    async def counting(*args: Any, **options: Any) -> object:
        nonlocal begun
        begun += 1
        return await exchange(*args, **options)

    monkeypatch.setattr(database, "exchange", counting)
    same = draft("hola", id_cliente="0123456789abcdef", given=True)
    saved = await asyncio.gather(*[writer.submit(same) for _ in range(80)])
    assert {one.id for one in saved} == {1}
    assert (begun, announced.texts) == (1, ["hola"])


async def test_what_is_queued_is_committed_before_the_end(
    database: Database, people: object, announced: Announced
) -> None:
    writer = Writer(Committer(database, Directory(), "anyone"), announced, deadline=2)
    futures = [writer.submit(draft(str(number))) for number in range(150)]
    writer.close()
    with pytest.raises(SupportError, match="ocupado"):
        writer.submit(draft("tarde"))
    await asyncio.wait_for(writer.run(), 5)
    assert all(future.done() for future in futures)
    assert await select_count_and_max(database) == (150, 150)


async def test_a_sender_who_leaves_is_stored_all_the_same(writer: Writer, database: Database) -> None:
    future = writer.submit(draft("adiós"))
    future.cancel()
    await writer.submit(draft("otro"))
    assert await select_count_and_max(database) == (2, 2)


async def test_a_defect_in_a_batch_does_not_end_the_writer(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    broken = draft("roto", sender=None)
    with pytest.raises(SupportError, match="ocupado"):
        await writer.submit(broken)
    assert (await writer.submit(draft("sigo"))).id == 1


async def test_fecha_is_held_back_when_the_clock_steps_back_a_little(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = iter([0, -3, 1, -60])
    base = datetime(2026, 1, 1, 12, 0, 0)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return base + timedelta(seconds=next(steps))

    monkeypatch.setattr("supportapp.desk.moment.datetime", Clock)
    seen = [(await writer.submit(draft(str(number)))).fecha - base for number in range(4)]
    assert [one.total_seconds() for one in seen] == [0, 0, 1, -60]


async def test_a_counter_that_is_behind_is_no_fault_of_the_message(
    writer: Writer, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        await writer.submit(draft(str(number)))
    await database.execute("UPDATE secuencia SET valor = 1 WHERE nombre = 'mensajes'")
    for _ in range(2):
        refused = await asyncio.gather(
            writer.submit(draft("uno")), writer.submit(draft("dos")), return_exceptions=True
        )
        assert [getattr(one, "code", None) for one in refused] == ["ocupado", "ocupado"]
    assert capsys.readouterr().out.count("the counter is behind the messages") == 1
    await database.execute("UPDATE secuencia SET valor = 3 WHERE nombre = 'mensajes'")
    assert (await writer.submit(draft("uno"))).id == 4


async def test_a_writer_that_fails_finds_out_by_itself_when_it_works_again(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportapp.desk.writer.TRY_AGAIN", 0.05)
    await writer.submit(draft("uno"))
    await database.execute("UPDATE secuencia SET valor = 0 WHERE nombre = 'mensajes'")
    with pytest.raises(SupportError, match="ocupado"):
        await writer.submit(draft("dos"))
    assert writer._committer.failing_for > 0
    await database.execute("UPDATE secuencia SET valor = 1 WHERE nombre = 'mensajes'")
    await eventually(lambda: writer._committer.failing_for == 0)


async def test_who_has_signed_out_writes_no_more_and_hears_of_what_they_wrote(
    writer: Writer, database: Database
) -> None:
    here, elsewhere = (replace(ANA, sesion_clave=letter * 32) for letter in "ab")
    before = draft("antes", sender=here, given=True)
    saved = await writer.submit(before)
    await close_session(database, a_session("ana", "a" * 32), "salida")
    late, other, again = await asyncio.gather(
        *[
            writer.submit(one)
            for one in (draft("tarde", sender=here), draft("de otra", sender=elsewhere), before)
        ],
        return_exceptions=True,
    )
    assert getattr(late, "code", None) == "sesion"
    assert isinstance(other, Saved)
    assert again == saved
