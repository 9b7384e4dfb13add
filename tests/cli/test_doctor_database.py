"""What `doctor` and `/readyz` say of a database that answers and cannot be written, and what each error needs."""

from collections.abc import Iterator

import pytest

from supportapp.cli.ailments import NEEDS, away
from supportapp.cli.database import look_at_database
from supportapp.config import Settings
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.foreign_tables import CREATED
from supportapp.store.migrations import SQL, migrate
from supportapp.store.server_facts import RIGHTS
from tests.conftest import JWT_SECRET
from tests.processes import free_port
from tests.services.mariadb import MariaDB

WHO = "pobre@'127.0.0.1'"
TABLES = (
    "usuarios", "mensajes", "secuencia", "conversaciones", "lecturas", "meta", "gramas", "factores", "codigos", "sesiones",
    "sesiones_cerradas", "cambios", "auditoria", "prohibiciones", "enlaces", "importados", "borrados", "_yoyo_migration",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """One of its own: its variables are turned, and it writes a binary log."""
    server = MariaDB(
        tmp_path_factory.mktemp("looked_at"), "--log-bin=bin", "--server-id=1", "--binlog-format=ROW"
    )
    server.create()
    server.start()
    server.execute("CREATE DATABASE c", f"CREATE USER {WHO} IDENTIFIED BY 'pw'")
    migrate(server.url("c"), progress=lambda name: None)
    yield server
    server.stop()


@pytest.fixture
def poor(server: MariaDB) -> Iterator[MariaDB]:
    """The account `pobre` has what the chat needs; afterwards all is as it was."""
    server.execute(f"GRANT ALL ON c.* TO {WHO}")
    yield server
    server.execute(
        "SET GLOBAL read_only = 0, max_allowed_packet = 16777216, binlog_format = ROW",
        f"ALTER USER {WHO} IDENTIFIED BY 'pw' WITH MAX_USER_CONNECTIONS 0",
        f"REVOKE ALL, GRANT OPTION FROM {WHO}",
        "UPDATE c.secuencia SET valor = 0",
        "DELETE FROM c.mensajes",
    )


def of_poor(server: MariaDB, database: str = "c", password: str = "pw") -> Settings:
    url = f"mysql://pobre:{password}@127.0.0.1:{server.port}/{database}"
    return Settings(database_url=url, jwt_secret=JWT_SECRET)


async def wrong(settings: Settings) -> dict[str, str]:
    return {found.about: found.wrong async for found in look_at_database(settings) if found.wrong}


async def test_nothing_is_wrong_with_an_account_that_may_what_the_chat_does(poor: MariaDB) -> None:
    poor.execute(
        f"REVOKE ALL, GRANT OPTION FROM {WHO}",
        *(f"GRANT SELECT, INSERT, UPDATE, DELETE ON c.{table} TO {WHO}" for table in TABLES),
    )
    assert await wrong(of_poor(poor)) == {}


def test_every_table_of_ours_is_asked_for() -> None:
    created = [CREATED.search(path.read_text(encoding="utf-8")) for path in (SQL / "mysql").glob("*.sql")]
    assert {*RIGHTS} == {found[1] for found in created if found} == {*TABLES} - {"_yoyo_migration"}


ONLY_SELECT = (f"REVOKE ALL, GRANT OPTION FROM {WHO}", f"GRANT SELECT ON c.* TO {WHO}")
NO_INSERT = (
    f"REVOKE ALL, GRANT OPTION FROM {WHO}",
    f"GRANT SELECT, UPDATE ON c.* TO {WHO}",
)
WOUNDS = {
    "a right that is missing": (ONLY_SELECT, "rights", "GRANT SELECT, INSERT, UPDATE, DELETE"),
    "one right": (NO_INSERT, "rights", "INSERT on mensajes"),
    "a read-only server": (("SET GLOBAL read_only = 1",), "writing", "read-only"),
    "small packets": (("SET GLOBAL max_allowed_packet = 65536",), "max_allowed_packet", "64 kB"),
    "statements in the binary log": (
        ("SET GLOBAL binlog_format = STATEMENT",),
        "writing",
        "binlog_format to ROW",
    ),
    "a counter behind the table": (
        (
            (
                "INSERT INTO c.mensajes (id, de_usuario, para_usuario, mensaje, fecha, de_admin, numero, id_cliente, huella)"
                " VALUES (7, 'admin', 'admin', 'x', NOW(6), 1, 1, 'k', REPEAT('0', 32))"
            ),
        ),
        "writing",
        "counter stands at 0",
    ),
}


@pytest.mark.parametrize("name", WOUNDS)
async def test_a_database_that_can_be_read_and_not_written(poor: MariaDB, name: str) -> None:
    statements, about, said = WOUNDS[name]
    poor.execute(*statements)
    found = await wrong(of_poor(poor))
    assert said in found[about]
    assert ("binlog_format" in found) == (name == "statements in the binary log")


async def test_a_table_that_is_missing_is_a_line(poor: MariaDB) -> None:
    poor.execute("RENAME TABLE c.lecturas TO c.away")
    try:
        assert "restore a backup" in (await wrong(of_poor(poor)))["tables"]
    finally:
        poor.execute("RENAME TABLE c.away TO c.lecturas")


async def test_each_error_of_a_connection_says_what_it_needs(poor: MariaDB) -> None:
    assert NEEDS[1045] in (await wrong(of_poor(poor, password="other")))["database"]
    assert "other" not in str(await wrong(of_poor(poor, password="other")))
    assert NEEDS[1044] in (await wrong(of_poor(poor, database="d")))["database"]
    poor.execute(f"GRANT ALL ON *.* TO {WHO}")
    assert NEEDS[1049] in (await wrong(of_poor(poor, database="d")))["database"]
    nowhere = Settings(database_url=f"mysql://u:p@127.0.0.1:{free_port()}/c", jwt_secret=JWT_SECRET)
    assert "Is it running?" in (await wrong(nowhere))["database"]


def test_no_error_is_told_another_s_remedy() -> None:
    for number in (1040, 1114, 1203, 1226, 1290, 3159):
        assert NEEDS[number] in away(DatabaseUnavailable(f"{number}: as the server says it"))
    assert "DATABASE_POOL" in NEEDS[1226]
    assert "?ssl=true" in NEEDS[1045]  # MariaDB has no number of its own for that
