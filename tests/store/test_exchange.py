"""Read, decide, write in two round trips: the first error wins, nothing after it counts, texts stay texts."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from pymysql.err import ProgrammingError

from supportapp.store.addresses import sqlite_path
from supportapp.store.backend import Use
from supportapp.store.conversations import Summary
from supportapp.store.database import Database, DatabaseUnavailable, Row, RowRefused
from supportapp.store.messages import NewMessage, select_messages_after, select_stored
from supportapp.store.mysql_session import MySQLSession
from supportapp.store.sequence import lock_head, select_count_and_max, select_head
from supportapp.store.sqlite_file import DatabaseFile, Names
from supportapp.store.sqlite_session import SQLiteSession
from supportapp.store.statements import BEGIN, COMMIT, Insert, Query, Statement
from supportapp.store.users import insert_user
from supportapp.store.writing import Known, write_messages
from tests.conftest import JOINED, SCHEMA
from tests.services.mariadb import MariaDB
from tests.store.talk import Talk, at

ENTRIES = Query("SELECT clave FROM meta WHERE clave <> 'epoca' ORDER BY clave")
HOSTILE = [
    "'; DROP TABLE mensajes; -- ",
    "\\'; DROP TABLE mensajes; -- ",
    '\\"; COMMIT; ROLLBACK; /*',
    "a;b;;",
]


def entry(clave: str) -> Query:
    return Query("INSERT INTO meta (clave, valor) VALUES (:clave, 'x')", {"clave": clave})


async def exchange(database: Database, *writes: Statement, deadline: float = 2.0) -> list[list[Row]]:
    """What was read; `writes` are committed then."""
    reads = [lock_head(database.dialect), ENTRIES]
    return await database.exchange(reads, lambda found: (writes, found), deadline)


async def entries(database: Database) -> list[str]:
    return [row["clave"] for row in await database.fetch_all(*ENTRIES)]


async def test_what_is_decided_is_committed_and_what_was_read_decides(database: Database) -> None:
    assert await exchange(database, entry("a"), Insert("meta", ("clave", "valor"), [("b", "x")])) == [
        [{"valor": 0}],
        [],
    ]
    assert await exchange(database) == [[{"valor": 0}], [{"clave": "a"}, {"clave": "b"}]]


async def test_the_first_error_wins_and_commit_is_not_reached(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(RowRefused) as refusal:
            await exchange(database, entry("a"), entry("epoca"), Query("SELEC 1"), entry("b"))
        assert refusal.value.duplicate
        assert await entries(database) == []
    await exchange(database, entry("c"))
    assert await entries(database) == ["c"]


async def test_after_an_error_the_transaction_is_still_open(database: Database) -> None:
    """MySQL stops a packet of several statements at the first that fails: its COMMIT has not been heard."""
    async with database._lent("messages") as lease:
        session = lease.raw_connection
        with pytest.raises(Exception, match=r"epoca|UNIQUE"):
            await session.several([BEGIN[database.dialect], entry("a"), entry("epoca"), entry("b"), COMMIT])
        assert session.in_transaction
        assert [row["clave"] for row in (await session.several([ENTRIES]))[0]] == ["a"]
        await lease.roll_back()
    assert await entries(database) == []


async def test_a_decision_that_fails_undoes_everything(database: Database) -> None:
    def decide(found: list[list[Row]]) -> tuple[Sequence[Statement], None]:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await database.exchange([ENTRIES], decide)
    await exchange(database, entry("a"))


async def test_what_is_not_kept_is_undone(database: Database) -> None:
    await database.exchange([ENTRIES], lambda found: ([entry("a")], None), keep=False)
    assert await entries(database) == []


@dataclass
class Packets:
    """How often the server was asked on this connection."""

    sent: int = 0


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> Packets:
    counted, query = Packets(), MySQLSession.query

    async def counting(self: MySQLSession, sql: bytes) -> object:
        counted.sent += 1
        return await query(self, sql)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(MySQLSession, "query", counting)
    return counted


@pytest.fixture
async def remote(mariadb_url: str) -> AsyncIterator[Database]:
    database = Database(mariadb_url, pool=3, deadline=1.0)
    await database.connect()
    yield database
    await database.disconnect()


async def test_a_transaction_of_messages_is_two_round_trips(remote: Database, packets: Packets) -> None:
    await exchange(remote, entry("a"))
    packets.sent = 0
    await exchange(remote, entry("b"), entry("c"))
    assert packets.sent == 2


@pytest.mark.parametrize("wrong", [False, True])
async def test_what_does_not_fit_in_one_packet_is_still_one_transaction(
    remote: Database, packets: Packets, wrong: bool
) -> None:
    await exchange(remote)
    async with remote._lent("messages") as lease:
        lease.raw_connection.max_packet = 400
    packets.sent = 0
    writes = [entry(f"{number:030}") for number in range(20)]
    if wrong:
        with pytest.raises(RowRefused):
            await exchange(remote, *writes, entry("epoca"))
    else:
        await exchange(remote, *writes)
    assert packets.sent > 5
    assert len(await entries(remote)) == (0 if wrong else 20)
    with pytest.raises(RowRefused, match="max_allowed_packet"):
        await exchange(remote, entry("x" * 400))


async def test_where_connections_are_shared_statements_go_one_by_one(
    remote: Database, packets: Packets
) -> None:
    async with remote._lent("writing") as lease:
        session = lease.raw_connection
        await session.several([BEGIN["mysql"], entry("a"), ENTRIES, COMMIT])
    assert packets.sent >= 4
    assert await entries(remote) == ["a"]


@pytest.mark.parametrize("use", ["writing", "reading"])
async def test_only_the_writers_connection_takes_two_statements_in_one(remote: Database, use: Use) -> None:
    async with remote._lent(use) as lease:
        with pytest.raises(ProgrammingError):
            await lease.raw_connection.change("DELETE FROM meta; DELETE FROM secuencia", {})


async def test_more_answers_than_statements_are_no_commit(remote: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="4 answers to 3 statements"):
        await exchange(remote, entry("a"), Query("SELECT 1; SELECT 2"))
    assert await entries(remote) == [
        "a"
    ]  # it was committed, and nobody was told so: as when the answer is lost
    await exchange(remote)


async def test_a_lock_that_is_held_ends_it_before_anything_is_decided(
    remote: Database, mariadb: MariaDB
) -> None:
    decided: list[object] = []

    def decide(found: object) -> tuple[Sequence[Statement], None]:
        decided.append(found)
        return [], None

    with mariadb.connect(SCHEMA) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT valor FROM secuencia FOR UPDATE")
        with pytest.raises(DatabaseUnavailable, match="1205"):
            await remote.exchange([lock_head("mysql"), ENTRIES], decide, 4)
    assert decided == []
    assert (await exchange(remote))[0] == [{"valor": 0}]


@pytest.mark.parametrize("fault", ["kill", "pause"])
async def test_a_server_lost_between_reading_and_writing_is_unavailable(
    remote: Database, mariadb: MariaDB, fault: str
) -> None:
    def decide(found: list[list[Row]]) -> tuple[Sequence[Statement], None]:
        getattr(mariadb, fault)()
        return [entry("a")], None

    try:
        with pytest.raises(DatabaseUnavailable):
            await remote.exchange([ENTRIES], decide, 0.3)
    finally:
        mariadb.resume() if mariadb.running else mariadb.start()
    await asyncio.sleep(0.1)
    await exchange(remote, entry("b"))


@pytest.mark.parametrize("moment", ["decided", "inserted"])
async def test_a_file_lost_on_the_way_takes_no_commit(
    sqlite_url: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_url)
    await database.connect()
    path = sqlite_path(sqlite_url)
    checks = 0

    def lose(*_: object) -> tuple[Sequence[Statement], None]:
        path.rename(path.with_suffix(".moved"))
        return [entry("a"), entry("b")], None

    look = DatabaseFile._look

    def looking(self: DatabaseFile) -> Names:
        nonlocal checks
        checks += 1
        if moment == "inserted" and checks == 2:  # the first was before BEGIN, this one is before COMMIT
            lose()
        return look(self)

    monkeypatch.setattr(DatabaseFile, "_look", looking)
    decide = lose if moment == "decided" else lambda found: ([entry("a"), entry("b")], None)
    with pytest.raises(DatabaseUnavailable, match="removed or replaced"):
        await database.exchange([ENTRIES], decide)
    monkeypatch.undo()
    await database.disconnect()
    moved = Database(f"sqlite:///{path.with_suffix('.moved')}")
    await moved.connect()
    assert await entries(moved) == []
    await moved.disconnect()


async def test_what_was_given_up_is_not_committed_later(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_url)
    await database.connect()
    run = SQLiteSession._run

    def slow(self: SQLiteSession, *statement: Any) -> Any:
        time.sleep(0.1)
        return run(self, *statement)

    monkeypatch.setattr(SQLiteSession, "_run", slow)
    with pytest.raises(DatabaseUnavailable):
        await exchange(database, *[entry(str(number)) for number in range(9)], deadline=0.7)
    monkeypatch.undo()
    await asyncio.sleep(0.5)
    assert await entries(database) == []
    await database.disconnect()


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_texts_that_look_like_statements_travel_unharmed(database: Database, hostile: str) -> None:
    await insert_user(database, hostile, hostile, "user", None, JOINED)

    def decide(known: Known) -> Talk:
        assert known.people.keys() == {"admin", hostile}
        number = known.head + 1
        row = NewMessage(number, hostile, "admin", hostile, at(number), False, number, hostile, "0" * 32)
        return Talk([row], [Summary(hostile, number, hostile, hostile, at(1), number, None, True)])

    await write_messages(database, [hostile, "admin"], [(hostile, hostile)], decide)
    (message,) = await select_messages_after(database, hostile, 0, 10)
    assert (message.de_usuario, message.mensaje, message.id_cliente) == (hostile, hostile, hostile)
    (stored,) = await select_stored(database, [(hostile, hostile)])
    assert (stored.de_usuario, stored.id_cliente) == (hostile, hostile)
    assert await select_count_and_max(database) == (1, 1)
    assert await select_head(database) == 1
