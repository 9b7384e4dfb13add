"""Servers that are set up otherwise than most: another character set, small packets, few connections."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from supportapp.desk.committer import Committer
from supportapp.desk.directory import Directory
from supportapp.desk.sending import Draft, check
from supportapp.desk.viewer import Viewer
from supportapp.desk.writer import Writer
from supportapp.errors import SupportError
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.migrations import _backend
from supportapp.store.proof import prove_writable
from supportapp.store.sequence import lock_head, select_count_and_max, select_head
from supportapp.store.users import insert_user, select_user
from tests.conftest import JOINED, SCHEMA, disconnect_all
from tests.services.mariadb import MariaDB
from tests.waiting import eventually

ANA = Viewer("ana", "Ana", "user")
WORST = "'" * 3998 + "😀ñ"  # as long as a text may be, and every character of it twice in the statement
HEX = "SELECT HEX(nombre) AS hex FROM usuarios WHERE usuario = 'luis'"


@pytest.fixture(params=["latin1", "utf8mb3"])
def deaf(request: pytest.FixtureRequest, mariadb: MariaDB, mariadb_url: str) -> Iterator[str]:
    """The server while it does not listen to what a client says of its character set."""
    usual = mariadb._options
    mariadb.stop()
    mariadb._options = (
        *usual,
        "--skip-character-set-client-handshake",
        f"--character-set-server={request.param}",
    )
    mariadb.start()
    yield mariadb_url
    mariadb.stop()
    mariadb._options = usual
    mariadb.start()


async def test_texts_are_stored_as_they_are_whatever_the_server_thinks_of_clients(
    deaf: str, mariadb: MariaDB
) -> None:
    database = Database(deaf)
    await database.connect()
    await insert_user(database, "luis", "Luís 😀", "user", None, JOINED)
    assert mariadb.execute(HEX, database=SCHEMA) == [{"hex": "4C75C3AD7320F09F9880"}]
    luis = await select_user(database, "luis")
    assert luis is not None
    assert luis.nombre == "Luís 😀"
    await prove_writable(database)
    await database.disconnect()
    with _backend(deaf) as backend:
        assert backend.execute("SELECT @@character_set_client").fetchone() == ("utf8mb4",)


@pytest.fixture
def packet(mariadb: MariaDB) -> Iterator[MariaDB]:
    yield mariadb
    mariadb.execute("SET GLOBAL max_allowed_packet = 16777216")


def draft(number: int, text: str = WORST) -> Draft:
    return replace(
        check(ANA, {"para": "admin", "mensaje": text}), id_cliente=f"{number:016}", given=bool(number % 2)
    )


async def write(url: str, *drafts: Draft) -> list[object]:
    """What becomes of these, offered at once."""
    database = Database(url)
    await database.connect()
    await insert_user(database, "ana", "Ana", "user", None, JOINED)
    writer = Writer(Committer(database, Directory(), "anyone"), lambda messages: None, deadline=5)
    futures = [writer.submit(one) for one in drafts]
    writer.close()
    await writer.run()
    assert await select_count_and_max(database) == (await select_head(database),) * 2
    await database.disconnect()
    return await asyncio.gather(*futures, return_exceptions=True)


@pytest.mark.parametrize("size", [16 * 1024, 64 * 1024, 1024 * 1024])
async def test_what_is_larger_than_a_packet_goes_in_several(
    mariadb_url: str, packet: MariaDB, size: int
) -> None:
    packet.execute(f"SET GLOBAL max_allowed_packet = {size}")
    outcomes = await write(mariadb_url, *[draft(number) for number in range(100)])
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    (found,) = packet.execute("SELECT COUNT(*) AS n FROM mensajes WHERE mensaje LIKE '%😀ñ'", database=SCHEMA)
    assert found["n"] == 100


async def test_one_message_larger_than_any_packet_is_refused_alone(mariadb_url: str, packet: MariaDB) -> None:
    packet.execute("SET GLOBAL max_allowed_packet = 4096")
    outcomes = await write(mariadb_url, *[draft(n, WORST if n == 7 else str(n)) for n in range(20)])
    refused = [number for number, one in enumerate(outcomes) if isinstance(one, SupportError)]
    assert refused == [7]


@pytest.fixture
def few(mariadb: MariaDB, mariadb_url: str) -> Iterator[str]:
    """An account with one to three connections at a time."""
    mariadb.execute(
        "CREATE OR REPLACE USER pocas@'127.0.0.1' IDENTIFIED BY 'p'",
        f"GRANT ALL ON {SCHEMA}.* TO pocas@'127.0.0.1'",
    )
    yield f"mysql://pocas:p@127.0.0.1:{mariadb.port}/{SCHEMA}"
    mariadb.execute("DROP USER pocas@'127.0.0.1'")


async def lock_the_counter(database: Database, deadline: float) -> None:
    """As whoever writes messages does."""
    await database.exchange([lock_head(database.dialect)], lambda rows: ([], None), deadline)


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_fewer_connections_than_the_pool_are_shared(
    few: str, mariadb: MariaDB, most: int, capsys: pytest.CaptureFixture[str]
) -> None:
    mariadb.execute(f"ALTER USER pocas@'127.0.0.1' WITH MAX_USER_CONNECTIONS {most}")
    database = Database(few, pool=5)
    await database.connect()

    for _ in range(3):
        crowd = [select_head(database) for _ in range(50)]
        await asyncio.gather(*crowd, *[lock_the_counter(database, 2.0) for _ in range(10)])
    assert capsys.readouterr().out.count("fewer connections than DATABASE_POOL") == 1
    await database.disconnect()


async def test_a_connection_that_is_refused_for_good_says_why(few: str, mariadb: MariaDB) -> None:
    mariadb.execute("ALTER USER pocas@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1")
    first, second = Database(few), Database(few)
    await first.connect()
    with pytest.raises(DatabaseUnavailable, match="1226"):
        await second.connect(wait=0.5)
    await first.disconnect()
    # The server ends a connection a moment after its client has left.
    await eventually(lambda: "pocas" not in {row["User"] for row in mariadb.execute("SHOW PROCESSLIST")})
    await second.connect()
    await second.disconnect()


async def test_whoever_reads_does_not_hold_up_who_writes_messages(mariadb_url: str, mariadb: MariaDB) -> None:
    disconnect_all(mariadb)
    database = Database(mariadb_url, pool=3)
    await database.connect()
    async with database.connection(), database.connection():
        await lock_the_counter(database, 0.2)
    await database.disconnect()
    assert len([row for row in mariadb.execute("SHOW PROCESSLIST") if row["db"] == SCHEMA]) <= 3
