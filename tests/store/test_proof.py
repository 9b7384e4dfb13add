"""What is proven of a database before anybody relies on it: that messages can be written, and that nothing stays of the proof."""

import pytest

from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.proof import prove_writable, select_numbering, select_packet_limit
from supportapp.store.sequence import select_head
from tests.conftest import SCHEMA
from tests.services.mariadb import MariaDB


async def test_a_database_that_takes_messages_is_proven_and_left_as_it_was(database: Database) -> None:
    for _ in range(3):
        await prove_writable(database)
    assert await select_head(database) == 0
    assert (await select_numbering(database)).whole
    for table in ("mensajes", "conversaciones"):
        assert await database.fetch_val(f"SELECT COUNT(*) FROM {table}") == 0


async def test_a_counter_behind_the_messages_is_named(database: Database, people: object) -> None:
    await database.execute(
        "INSERT INTO mensajes (id, de_usuario, para_usuario, mensaje, fecha, de_admin, numero, id_cliente, huella)"
        " VALUES (7, 'ana', 'admin', 'hola', '2026-01-01', 0, 1, 'c', 'h')"
    )
    with pytest.raises(DatabaseUnavailable, match="counter stands at 0, but the messages go to 7"):
        await prove_writable(database)


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        ("INSERT ON {}.mensajes", "1142"),
        ("UPDATE ON {}.secuencia", "1142"),
        ("INSERT ON {}.conversaciones", "1142"),
    ],
)
async def test_an_account_that_may_read_and_not_write_is_found_out(
    mariadb: MariaDB, mariadb_url: str, taken: str, reason: str
) -> None:
    tables = [row["Tables_in_soporte"] for row in mariadb.execute("SHOW TABLES", database=SCHEMA)]
    grants = [f"GRANT SELECT, INSERT, UPDATE ON {SCHEMA}.{table} TO lector@'127.0.0.1'" for table in tables]
    mariadb.execute("CREATE OR REPLACE USER lector@'127.0.0.1' IDENTIFIED BY 'l'", *grants)
    mariadb.execute(f"REVOKE {taken.format(SCHEMA)} FROM lector@'127.0.0.1'")
    database = Database(f"mysql://lector:l@127.0.0.1:{mariadb.port}/{SCHEMA}")
    await database.connect()
    with pytest.raises(DatabaseUnavailable, match=reason):
        await prove_writable(database)
    await database.disconnect()


async def test_the_limit_of_a_packet_is_told(database: Database) -> None:
    limit = await select_packet_limit(database)
    assert limit == (None if database.dialect == "sqlite" else 16 * 1024 * 1024)
