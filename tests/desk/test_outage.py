"""The outage: order is kept from the first failed commit to the last spooled message, and beyond."""

import asyncio
import json
import os
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from supportapp.desk.committer import Committer, Offer
from supportapp.desk.directory import Directory
from supportapp.desk.outage import Outage
from supportapp.desk.outcomes import Pending, Saved
from supportapp.desk.provisional import Provisional
from supportapp.desk.restoring import Spooled
from supportapp.desk.sending import Draft, check
from supportapp.desk.spool import Spool, SpoolFull
from supportapp.desk.viewer import Viewer
from supportapp.desk.writer import Writer
from supportapp.errors import SupportError
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.messages import Message, select_messages_after
from supportapp.store.spool_file import SpoolFile, SpoolRefused, SpoolRow, left_in
from supportapp.store.users import insert_user
from tests.conftest import JOINED, SCHEMA
from tests.desk.listening import Listening
from tests.services.mariadb import MariaDB
from tests.waiting import eventually

ANA = Viewer("ana", "Ana", "user")


class Failing(Committer):
    """Commits as long as it may."""

    away = False
    silent = False
    """Commits, and nobody hears that it did."""
    commits = 0

    async def commit(  # type: ignore[override]
        self, offers: "list[Offer]", deadline: float, **waited: float
    ) -> list[Message]:
        if self.away:
            raise DatabaseUnavailable("away")
        self.commits += 1
        if self.silent:
            self.silent = False
            await super().commit([Spooled(offer.draft) for offer in offers], deadline)
            raise DatabaseUnavailable("the answer is lost")
        return await super().commit(offers, deadline, **waited)


class Desk:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.directory = Directory()
        self.directory.meet(Viewer("admin", "Soporte", "admin"))
        self.committer = Failing(database, self.directory, "anyone")
        self.spool = Spool(folder, 10**7)
        self.announced: list[str] = []
        self.shown: list[str] = []
        self.failed: list[str] = []
        sockets = Listening(
            show=lambda message: self.shown.append(message.mensaje),
            fail=lambda message, error: self.failed.append(f"{message.mensaje} {error.code}"),
        )
        self.outage = Outage(
            self.committer, self.spool, Provisional(), self.directory, sockets, self.announce, "anyone"
        )
        self.writer = Writer(self.committer, self.announce, deadline=2, outage=self.outage)

    def announce(self, messages: "list[Message]") -> None:  # type: ignore[override]
        self.announced += [message.mensaje for message in messages]

    async def say(self, text: str) -> Saved | Pending:
        draft = check(ANA, {"para": "admin", "mensaje": text, "id_cliente": f"0123456789abcdef{text}"})
        return await self.writer.submit(draft)

    async def say_anyhow(self, text: str) -> Saved | Pending | SupportError:
        try:
            return await self.say(text)
        except SupportError as refusal:
            return refusal


@pytest.fixture
async def desk(database: Database, people: object, tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(database, tmp_path / "spool")
    await desk.outage.adopt(["epoca"])
    tasks = [asyncio.create_task(desk.writer.run()), asyncio.create_task(desk.outage.run())]
    yield desk
    desk.writer.close()
    await asyncio.wait_for(tasks[0], 5)
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    await desk.outage.close()


async def test_newcomers_never_overtake_a_long_spool(desk: Desk, database: Database) -> None:
    await desk.say("0")
    desk.committer.away = True
    aside = await asyncio.gather(*[desk.say(str(number)) for number in range(1, 451)])
    assert {type(outcome) for outcome in aside} == {Pending}
    assert desk.shown == [str(number) for number in range(1, 451)]
    desk.committer.away = False
    number = 450
    while desk.outage.on or number < 470:
        number += 1
        await desk.say(str(number))
    stored = await select_messages_after(database, "ana", 0, 500)
    everything = [str(n) for n in range(number + 1)]
    for _ in range(100):
        if len(stored) == len(everything):
            break
        await asyncio.sleep(0.05)
        stored = await select_messages_after(database, "ana", 0, 500)
    assert [row.mensaje for row in stored] == everything[:500]
    assert desk.announced == everything


async def test_what_was_committed_unheard_is_known_again_whoever_named_it(
    desk: Desk, database: Database
) -> None:
    """A form without a script names nothing, so its message was never looked for before."""
    desk.committer.silent = True
    unnamed = await desk.writer.submit(check(ANA, {"para": "admin", "mensaje": "uno"}))
    assert isinstance(unnamed, Pending)
    await eventually(lambda: not desk.outage.on)
    assert (desk.failed, desk.outage.put_away) == ([], 0)
    stored = await select_messages_after(database, "ana", 0, 10)
    assert [(row.id, row.mensaje) for row in stored] == [(1, "uno")]


async def test_the_line_of_a_transaction_says_how_long_its_first_message_waited_and_where(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.gather(*[desk.say(str(number)) for number in range(3)])
    desk.committer.away = True
    await desk.say("uno")
    await asyncio.sleep(0.3)
    desk.committer.away = False
    await eventually(lambda: "uno" in desk.announced)
    lines = [line for line in capsys.readouterr().out.splitlines() if "messages stored" in line]
    queued = [float(waited) for line in lines for waited in re.findall(r"queued=([\d.]+)", line)]
    (spooled,) = [float(waited) for line in lines for waited in re.findall(r"spooled=([\d.]+)", line)]
    assert all(0 <= waited < 0.3 for waited in queued)
    assert 0.3 <= spooled < 10
    assert len(queued) == len(lines) - 1


async def test_it_ends_only_after_three_good_commits(desk: Desk) -> None:
    desk.committer.away = True
    await desk.say("uno")
    desk.committer.away = False
    before = desk.committer.commits
    async with asyncio.timeout(5):
        while desk.outage.on:
            await asyncio.sleep(0.01)
    assert desk.committer.commits - before >= 3
    assert desk.spool.empty
    assert isinstance(await desk.say("dos"), Saved)


async def test_the_same_draft_while_it_is_being_stored_is_not_lost(desk: Desk, database: Database) -> None:
    desk.committer.away = True
    await desk.say("uno")
    desk.committer.away = False
    async with asyncio.timeout(5):
        while not isinstance(await desk.say_anyhow("uno"), Saved):
            await asyncio.sleep(0)
    assert [row.mensaje for row in await select_messages_after(database, "ana", 0, 10)] == ["uno"]
    assert desk.shown == ["uno"]


async def test_who_offers_again_in_the_moment_of_storing_is_asked_to_come_back(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.committer.away = True
    await desk.say("uno")
    add = desk.spool.add

    async def stored_meanwhile(drafts: "list[Draft]") -> None:
        desk.committer.away = False
        while not desk.spool.empty:
            await asyncio.sleep(0.01)
        await add(drafts)

    monkeypatch.setattr(desk.spool, "add", stored_meanwhile)
    both = asyncio.gather(desk.say_anyhow("uno"), desk.say_anyhow("dos"))
    again, other = await asyncio.wait_for(both, 5)
    assert isinstance(again, SupportError)
    assert (again.code, again.espera_ms) == ("ocupado", 1000)
    assert isinstance(other, Pending)
    async with asyncio.timeout(5):
        while not isinstance(await desk.say_anyhow("dos"), Saved):
            await asyncio.sleep(0.01)
    assert isinstance(await desk.say("uno"), Saved)
    rows = await select_messages_after(database, "ana", 0, 10)
    assert [row.mensaje for row in rows] == desk.shown == ["uno", "dos"]


async def test_a_disk_that_takes_nothing_is_said_once_and_again_the_next_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refuse(drafts: "list[Draft]") -> None:
        raise SpoolFull("the disk is full")

    desk.committer.away = True
    await desk.say("uno")
    for _ in range(2):
        with monkeypatch.context() as full:
            full.setattr(desk.spool, "add", refuse)
            for text in ("dos", "dos", "tres"):
                refused = await desk.say_anyhow(text)
                assert isinstance(refused, SupportError)
                assert refused.code == "ocupado"
            assert isinstance(await desk.say_anyhow("uno"), Pending)  # it is on the disk
        assert isinstance(await desk.say_anyhow("cuatro"), Pending)
        assert isinstance(await desk.say_anyhow("cinco"), Pending)
    assert capsys.readouterr().out.count("cannot be spooled") == 2


async def test_a_disk_that_still_takes_nothing_is_said_in_the_next_outage_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refuse(drafts: "list[Draft]") -> None:
        raise SpoolFull("the disk is full")

    monkeypatch.setattr(desk.spool, "add", refuse)
    for text in ("uno", "dos"):
        desk.committer.away = True
        assert isinstance(await desk.say_anyhow(text), SupportError)
        desk.committer.away = False
        await eventually(lambda: not desk.outage.on)
    assert capsys.readouterr().out.count("cannot be spooled") == 2


async def test_a_defect_of_the_spool_does_not_end_the_writer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(drafts: "list[Draft]") -> None:
        raise RuntimeError("a word of a disk that nobody knew")

    desk.committer.away = True
    with monkeypatch.context() as broken:
        broken.setattr(desk.spool, "add", fail)
        refused = await asyncio.wait_for(desk.say_anyhow("uno"), 5)
        assert isinstance(refused, SupportError)
    assert isinstance(await asyncio.wait_for(desk.say_anyhow("uno"), 5), Pending)


POISON = """
    CREATE OR REPLACE TRIGGER veneno BEFORE INSERT ON mensajes FOR EACH ROW
    IF NEW.mensaje LIKE 'veneno%' THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1030, MESSAGE_TEXT = 'x'; END IF
"""


@pytest.fixture
def poisonous(mariadb: MariaDB, mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database that takes everything but one message, for a reason that nobody knew."""
    monkeypatch.setattr("supportapp.desk.outage.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("supportapp.desk.outage.LONGEST_PAUSE", 0.02)
    mariadb.execute(POISON, database=SCHEMA)
    yield mariadb_url
    mariadb.execute("DROP TRIGGER veneno", database=SCHEMA)


@asynccontextmanager
async def a_desk(url: str, folder: Path) -> AsyncIterator[Desk]:
    """As the fixture, on MariaDB alone."""
    database = Database(url)
    await database.connect()
    await insert_user(database, "ana", "Ana", "user", None, JOINED)
    desk = Desk(database, folder)
    await desk.outage.adopt(["epoca"])
    tasks = [asyncio.create_task(desk.writer.run()), asyncio.create_task(desk.outage.run())]
    try:
        yield desk
    finally:
        desk.writer.close()
        await asyncio.wait_for(tasks[0], 5)
        tasks[1].cancel()
        await desk.outage.close()
        await database.disconnect()


async def test_one_message_that_never_can_be_stored_holds_up_nobody(
    poisonous: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_desk(poisonous, tmp_path) as desk:
        texts = [f"uno{n}" for n in range(40)] + ["veneno"] + [f"dos{n}" for n in range(40)]
        said = await asyncio.gather(*[desk.say_anyhow(text) for text in texts])
        assert {type(one) for one in said} == {Pending}
        await eventually(lambda: not desk.outage.on, 30)
        texts.remove("veneno")
        assert desk.announced == texts
        assert desk.failed == ["veneno formato"]
        assert desk.outage.put_away == 1
        (file,) = (tmp_path / "epoca").glob("*.refused")
        (line,) = [json.loads(line) for line in file.read_text().splitlines()]
        assert (line["mensaje"], line["de_usuario"], line["para_usuario"]) == ("veneno", "ana", "admin")
        assert "1030" in line["reason"]
    (left,) = left_in(tmp_path)
    assert (left.what, left.count) == ("refused", 1)
    assert capsys.readouterr().out.count("cannot be stored and was put away") == 1


async def test_a_database_that_takes_no_message_at_all_makes_none_of_them_guilty(
    poisonous: str, tmp_path: Path, mariadb: MariaDB
) -> None:
    """A counter that is behind: an empty batch commits, and yet no message is at fault."""
    async with a_desk(poisonous, tmp_path) as desk:
        await desk.say("cero")
        await change(mariadb, "UPDATE secuencia SET valor = 0 WHERE nombre = 'mensajes'")
        for text in ("uno", "dos"):
            assert isinstance(await desk.say(text), Pending)
        await asyncio.sleep(0.5)
        assert (desk.outage.put_away, desk.outage.spooled[0]) == (0, 2)
        await change(mariadb, "UPDATE secuencia SET valor = 1 WHERE nombre = 'mensajes'")
        await eventually(lambda: desk.announced == ["cero", "uno", "dos"])


async def test_what_cannot_be_put_away_stays_in_the_spool(
    poisonous: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mariadb: MariaDB
) -> None:
    def refuse(*_: object) -> None:
        raise SpoolRefused("the disk is full")

    monkeypatch.setattr(SpoolFile, "put_away", refuse)
    async with a_desk(poisonous, tmp_path) as desk:
        assert isinstance(await desk.say("veneno"), Pending)
        await asyncio.sleep(0.5)
        assert desk.outage.spooled[0] == 1
        await change(mariadb, POISON.replace("'veneno%'", "'nada'"))
        await eventually(lambda: desk.announced == ["veneno"])


async def test_a_start_does_not_wait_for_a_long_spool_and_order_is_kept(
    database: Database, people: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = SpoolFile.create(tmp_path / "epoca")
    dead.add(
        [SpoolRow("ana", "Ana", "user", "admin", f"viejo{n}", f"viejo-{n:012}", "h") for n in range(500)]
    )
    dead._connection.close()
    os.close(dead._lock)
    monkeypatch.setattr("supportapp.desk.outage.ADOPT_WITHIN", 0.0)
    desk = Desk(database, tmp_path)
    await desk.outage.adopt(["epoca"])
    assert desk.announced == []
    tasks = [asyncio.create_task(run()) for run in (desk.writer.run, desk.outage.run)]
    await desk.say_anyhow("nuevo")
    await eventually(lambda: len(desk.announced) == 501)
    assert desk.announced == [*(f"viejo{n}" for n in range(500)), "nuevo"]
    desk.writer.close()
    await asyncio.wait_for(tasks[0], 5)
    tasks[1].cancel()
    await desk.outage.close()


async def test_what_a_process_leaves_that_ends_later_is_found(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SpoolFile.create(tmp_path / "spool" / "epoca")
    other.add([SpoolRow("ana", "Ana", "user", "admin", "del otro", "del-otro-000000000", "h")])
    await desk.outage._look_for_left()
    assert not desk.outage.on
    other.close()
    await desk.outage._look_for_left()
    await eventually(lambda: desk.announced == ["del otro"])
    await eventually(lambda: not desk.outage.on)
    assert not other.path.exists()


async def test_a_spool_larger_than_its_limit_is_adopted_all_the_same(
    database: Database, people: object, tmp_path: Path
) -> None:
    dead = SpoolFile.create(tmp_path / "epoca")
    dead.add([SpoolRow("ana", "Ana", "user", "admin", "x" * 4000, f"viejo-{n:012}", "h") for n in range(5)])
    dead.close()
    spool = Spool(tmp_path, 1000)
    assert await spool.open(["otra", "epoca"]) == 5
    assert [path.name for path in (tmp_path / "epoca").iterdir()] == []
    with pytest.raises(SpoolFull):
        await spool.add([check(ANA, {"para": "admin", "mensaje": "más"})])
    await spool.close()


async def test_a_spool_that_was_removed_is_made_again_with_all_that_was_in_it(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.committer.away = True
    assert isinstance(await desk.say("uno"), Pending)
    shutil.rmtree(tmp_path / "spool")
    assert isinstance(await desk.say("dos"), Pending)
    (file,) = (tmp_path / "spool" / "epoca").glob("*.db")
    with sqlite3.connect(file) as other:
        assert [text for (text,) in other.execute("SELECT mensaje FROM pendientes ORDER BY numero")] == [
            "uno",
            "dos",
        ]
    other.close()
    assert capsys.readouterr().out.count("made again") == 1
    desk.committer.away = False
    await eventually(lambda: desk.announced == ["uno", "dos"])


async def change(mariadb: MariaDB, statement: str) -> None:
    """Beside the event loop: the desk may hold the lock that this waits for, and gives it back in the loop."""
    await asyncio.to_thread(mariadb.execute, statement, database=SCHEMA)
