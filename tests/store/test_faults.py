"""What `databases` and its drivers get wrong, and what must not go wrong here: slots, deadlines, lost connections.

Each fault is injected more often than the pool has slots: one slot lost each time would end in a hang.
"""

# ruff: noqa: PT012  # the block as a whole is what fails

import asyncio
import contextlib
import gc
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiomysql
import pytest
import uvloop
from pymysql.err import ProgrammingError

from supportapp.store.addresses import sqlite_path
from supportapp.store.database import Connection, Database, DatabaseUnavailable, RowRefused
from supportapp.store.sequence import lock_head, select_head, update_head
from tests.conftest import SCHEMA
from tests.services.mariadb import MariaDB

POOL = 2  # and on MySQL one more, which is kept for the writer of messages
MORE = 3 * POOL


@pytest.fixture
async def small(database_url: str) -> AsyncIterator[Database]:
    """A database with few connections and short deadlines, on each dialect."""
    database = Database(database_url, pool=POOL + 1, deadline=1.0)
    await database.connect()
    yield database
    await database.disconnect()


@pytest.fixture
async def remote(mariadb_url: str) -> AsyncIterator[Database]:
    """The same on MariaDB only, whose connections and server can be killed."""
    database = Database(mariadb_url, pool=POOL + 1, deadline=1.0)
    await database.connect()
    yield database
    await database.disconnect()


@pytest.fixture
def paused(mariadb: MariaDB) -> Iterator[MariaDB]:
    """The server, which runs again after the test whatever the test did to it."""
    yield mariadb
    if mariadb.running:
        mariadb.resume()
    else:
        mariadb.start()


async def count_one(database: Database, deadline: float | None = None) -> int:
    """A write as the application's writer makes it; the new head."""
    async with database.transaction(deadline) as connection:
        head = int(await connection.fetch_val(*lock_head(connection.dialect))) + 1
        await connection.execute(*update_head(head))
    return head


async def everything_works(database: Database) -> None:
    """As many writes and reads at once as there are slots, and then as many again."""
    before = await count_one(database)  # waits for a COMMIT whose task was cancelled: it may still be stored
    async with asyncio.timeout(5):
        await asyncio.gather(*[count_one(database) for _ in range(MORE)])
        await asyncio.gather(*[select_head(database) for _ in range(MORE)])
    assert await select_head(database) == before + MORE


def resources() -> tuple[int, int, int]:
    return threading.active_count(), len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())


async def kill(server: MariaDB, connection: Connection) -> None:
    number = await connection.fetch_val("SELECT CONNECTION_ID()")
    server.execute(f"KILL {number}")


async def test_connections_killed_inside_transactions_give_their_slots_back(
    remote: Database, mariadb: MariaDB
) -> None:
    for _ in range(MORE):
        with pytest.raises(DatabaseUnavailable):
            async with remote.transaction() as connection:
                await connection.execute(
                    *update_head(await connection.fetch_val(*lock_head(connection.dialect)) + 1000)
                )
                await kill(mariadb, connection)
                await connection.fetch_val("SELECT 1")
    assert await select_head(remote) == 0
    await everything_works(remote)


async def test_connections_killed_before_commit_give_their_slots_back(
    remote: Database, mariadb: MariaDB
) -> None:
    for _ in range(MORE):
        with pytest.raises(DatabaseUnavailable):
            async with remote.transaction() as connection:
                await connection.execute(*update_head(1000))
                await kill(mariadb, connection)
    assert await select_head(remote) == 0
    await everything_works(remote)


async def test_a_killed_connection_does_not_hide_the_error_of_the_block(
    remote: Database, mariadb: MariaDB
) -> None:
    for _ in range(MORE):
        with pytest.raises(RowRefused):
            async with remote.transaction() as connection:
                await kill(mariadb, connection)
                raise RowRefused("mine")
    await everything_works(remote)


async def test_idle_connections_that_were_killed_are_replaced_unnoticed(
    remote: Database, mariadb: MariaDB
) -> None:
    for _ in range(MORE):
        async with remote.connection() as first, remote.connection() as second:
            numbers = [await each.fetch_val("SELECT CONNECTION_ID()") for each in (first, second)]
        mariadb.execute(*[f"KILL {number}" for number in numbers])  # the event loop has no chance to notice
        await count_one(remote)
    await everything_works(remote)


async def test_a_statement_killed_on_the_server_is_unavailable(remote: Database, mariadb: MariaDB) -> None:
    async with remote.connection() as connection:
        number = await connection.fetch_val("SELECT CONNECTION_ID()")
        asyncio.get_running_loop().call_later(0.1, mariadb.execute, f"KILL QUERY {number}")
        # MariaDB answers 1 from a killed SLEEP; a killed scan is an error.
        with pytest.raises(DatabaseUnavailable):
            await connection.fetch_val(
                "SELECT COUNT(*) AS n FROM seq_1_to_1000000000 WHERE SHA2(seq, 512) = 'x'"
            )
    await everything_works(remote)


async def test_tasks_cancelled_inside_transactions_give_their_slots_back(small: Database) -> None:
    async def hold(entered: asyncio.Event) -> None:
        async with small.transaction() as connection:
            await connection.execute(
                *update_head(await connection.fetch_val(*lock_head(connection.dialect)) + 1000)
            )
            entered.set()
            await asyncio.sleep(60)

    for _ in range(MORE):
        entered = asyncio.Event()
        task = asyncio.create_task(hold(entered))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await select_head(small) == 0
    await everything_works(small)


async def test_tasks_cancelled_at_any_moment_give_their_slots_back(small: Database) -> None:
    """Cancelled in acquire, BEGIN, lock wait, statement, COMMIT: wherever the moment falls."""
    for step in range(60):
        tasks = [asyncio.create_task(count_one(small)) for _ in range(3)]
        await asyncio.sleep(step * 0.0001)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await everything_works(small)


async def test_reads_cancelled_at_any_moment_give_their_slots_back(small: Database) -> None:
    for step in range(60):
        tasks = [asyncio.create_task(select_head(small)) for _ in range(8)]
        await asyncio.sleep(step * 0.00005)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await everything_works(small)


async def test_a_transaction_over_its_deadline_is_unavailable_and_undone(small: Database) -> None:
    for _ in range(MORE):
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            async with small.transaction(deadline=0.05) as connection:
                await connection.execute(*update_head(1000))
                await asyncio.sleep(60)
        assert time.monotonic() - began < 0.9
    assert await select_head(small) == 0
    await everything_works(small)


async def test_a_long_statement_meets_the_deadline(small: Database) -> None:
    endless = {
        "mysql": "SELECT SLEEP(60)",
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    }[small.dialect]
    for _ in range(MORE):
        with pytest.raises(DatabaseUnavailable):
            async with small.transaction(deadline=0.05) as connection:
                await connection.fetch_val(endless)
    for result in await asyncio.gather(*[small.fetch_val(endless) for _ in range(4)], return_exceptions=True):
        assert isinstance(result, DatabaseUnavailable)
    await everything_works(small)


async def test_without_a_free_connection_it_is_unavailable_after_the_deadline(small: Database) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(POOL if small.dialect == "mysql" else 1):  # SQLite has one writer
            await stack.enter_async_context(small.transaction(deadline=5))
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            await count_one(small, deadline=0.1)
        assert 0.05 < time.monotonic() - began < 1
    await everything_works(small)


async def test_after_the_first_failure_nothing_more_of_a_transaction_is_done(
    remote: Database, mariadb: MariaDB
) -> None:
    """At a deadlock MySQL has ended the transaction: what followed would be committed alone."""
    with mariadb.connect(SCHEMA) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT valor FROM secuencia FOR UPDATE")
        with pytest.raises(DatabaseUnavailable):
            async with remote.transaction(deadline=4) as connection:
                await connection.insert_rows("meta", ("clave", "valor"), [("a", "1")])
                with pytest.raises(DatabaseUnavailable):
                    await connection.fetch_val(*lock_head(connection.dialect))
                await connection.insert_rows("meta", ("clave", "valor"), [("b", "1")])
    assert await remote.fetch_val("SELECT COUNT(*) AS n FROM meta") == 1
    await everything_works(remote)


async def test_a_lock_held_elsewhere_is_not_waited_for_longer_than_a_second(
    remote: Database, mariadb: MariaDB
) -> None:
    with mariadb.connect(SCHEMA) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT valor FROM secuencia FOR UPDATE")
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match="1205"):
            await count_one(remote, deadline=4)
        assert time.monotonic() - began < 2
    await everything_works(remote)


async def test_a_stopped_process_that_holds_the_counter_is_thrown_out(
    remote: Database, mariadb: MariaDB
) -> None:
    """`idle_write_transaction_timeout`: otherwise it would stop every other process for as long as it likes."""
    with pytest.raises(DatabaseUnavailable):
        async with remote.transaction(deadline=10) as stopped:
            await stopped.execute(*update_head(1000))
            await asyncio.sleep(3)
            await stopped.fetch_val(*lock_head(stopped.dialect))
    assert await select_head(remote) == 0


async def test_a_paused_server_meets_the_deadline_and_its_return_is_enough(
    remote: Database, paused: MariaDB
) -> None:
    paused.pause()
    for _ in range(MORE):
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            await count_one(remote, deadline=0.1)
        assert time.monotonic() - began < 0.9
    with pytest.raises(DatabaseUnavailable):
        await asyncio.gather(*[select_head(remote) for _ in range(MORE)])
    paused.resume()
    await everything_works(remote)


async def test_a_server_paused_inside_a_transaction_meets_the_deadline(
    remote: Database, paused: MariaDB
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with remote.transaction(deadline=0.2) as connection:
            await connection.execute(*update_head(1000))
            paused.pause()
            await connection.fetch_val("SELECT 1")
    paused.resume()
    await everything_works(remote)


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_a_server_that_was_restarted_is_simply_used_again(
    remote: Database, paused: MariaDB, way: str
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(POOL):
            await stack.enter_async_context(remote.connection())
    head = await count_one(remote)
    getattr(paused, way)()
    for _ in range(MORE):
        with pytest.raises(DatabaseUnavailable):
            await count_one(remote)
    paused.start()
    assert await count_one(remote) == head + 1  # at the first attempt
    await everything_works(remote)


async def test_a_server_killed_inside_a_transaction_gives_the_slot_back(
    remote: Database, paused: MariaDB
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with remote.transaction() as connection:
            await connection.execute(*update_head(1000))
            paused.kill()
    paused.start()
    assert await select_head(remote) == 0
    await everything_works(remote)


async def test_connecting_waits_for_a_server_that_comes_later(mariadb_url: str, paused: MariaDB) -> None:
    paused.stop()
    database = Database(mariadb_url)
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable, match="2003"):
        await database.connect(wait=0.5)
    assert 0.4 < time.monotonic() - began < 3
    starting = asyncio.create_task(asyncio.to_thread(paused.start))
    await database.connect(wait=20)
    await starting
    assert await database.fetch_val("SELECT 1") == 1
    await database.disconnect()


@pytest.mark.parametrize(
    "wrong", ["mysql://nadie:x@127.0.0.1:{port}/soporte", "mysql://soporte@127.0.0.1:1/soporte"]
)
async def test_connecting_says_why_not(mariadb: MariaDB, wrong: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"nadie|2003") as error:
        await Database(wrong.format(port=mariadb.port)).connect()
    assert len(str(error.value).splitlines()) == 1


async def test_sessions_are_set_up_whatever_the_server_thinks(remote: Database) -> None:
    names = "'tx_isolation','innodb_lock_wait_timeout','time_zone','character_set_connection','sql_mode'"
    rows = await remote.fetch_all(f"SHOW SESSION VARIABLES WHERE Variable_name IN ({names})")
    found = {row["Variable_name"]: row["Value"] for row in rows}
    assert "STRICT_TRANS_TABLES" in found.pop("sql_mode")
    assert found == {
        "tx_isolation": "READ-COMMITTED",
        "innodb_lock_wait_timeout": "1",
        "time_zone": "+00:00",
        "character_set_connection": "utf8mb4",
    }


async def test_two_statements_in_one_are_refused(remote: Database) -> None:
    with pytest.raises(ProgrammingError):
        await remote.fetch_all("SELECT 1; DELETE FROM meta")


async def test_another_process_that_writes_is_waited_for_until_the_deadline(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.connect()
    other = sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(MORE):
        with pytest.raises(DatabaseUnavailable):
            await count_one(database, deadline=0.1)
        assert await select_head(database) == 0  # readers do not wait
    asyncio.get_running_loop().call_later(0.3, other.rollback)
    assert await count_one(database) == 1
    other.close()
    await everything_works(database)
    await database.disconnect()


async def test_sqlite_keeps_its_promises_on_every_connection(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.connect()
    async with database.transaction() as writer:
        assert await writer.fetch_val("PRAGMA synchronous") == 2
        assert await writer.fetch_val("PRAGMA foreign_keys") == 1
        assert await writer.fetch_val("PRAGMA journal_mode") == "wal"
    async with database.connection() as reader:
        with pytest.raises(DatabaseUnavailable, match="readonly"):
            await reader.execute("DELETE FROM meta")
    await database.disconnect()


async def test_a_folder_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable, match="is not there"):
        await Database("sqlite:////nowhere/at/all.db").connect()


async def test_faults_leave_no_threads_sockets_or_files_behind(small: Database) -> None:
    await everything_works(small)
    before = resources()
    for _ in range(20):
        with pytest.raises(DatabaseUnavailable):
            async with small.transaction(deadline=0.01) as connection:
                await connection.execute(*update_head(1000))
                await asyncio.sleep(1)
        tasks = [asyncio.create_task(select_head(small)) for _ in range(6)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await everything_works(small)
    async with asyncio.timeout(5):
        while any(now > then for now, then in zip(resources(), before, strict=True)):
            await asyncio.sleep(0.05)


def test_an_event_loop_that_ends_while_files_are_open_is_no_disaster(sqlite_url: str) -> None:
    """Cancelled while opening, reading and writing, and nobody disconnects: the threads end all the same."""

    async def begin_and_leave() -> None:
        database = Database(sqlite_url)
        await database.connect()
        tasks = [asyncio.create_task(work(database)) for _ in range(4) for work in (count_one, select_head)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()

    before = threading.active_count()
    for _ in range(10):
        asyncio.run(begin_and_leave())
    gc.collect()
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_line_cut_in_the_moment_of_connecting_is_an_unavailable_database(
    mariadb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On uvloop, where a closed transport has no socket any more: aiomysql then raises a RuntimeError."""
    opened = aiomysql.connection._open_connection

    async def cut(*args: Any, **kwargs: Any) -> Any:
        reader, writer = await opened(*args, **kwargs)
        writer.transport.abort()
        await asyncio.sleep(0.05)
        return reader, writer

    async def ask() -> None:
        database = Database(mariadb_url, pool=POOL + 1, deadline=1.0)
        await database.connect()
        async with database.connection() as connection:
            connection._session.abandon()
        with monkeypatch.context() as cutting:
            cutting.setattr(aiomysql.connection, "_open_connection", cut)
            for _ in range(MORE):
                with pytest.raises(DatabaseUnavailable):
                    await select_head(database)
        assert await select_head(database) == 0
        await database.disconnect()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ask())
