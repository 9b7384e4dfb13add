"""What all tests share: private servers, a fresh migrated database on each dialect, and the people."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import hypothesis
import pymysql
import pytest

from supportapp.config import Settings
from supportapp.store.database import Database
from supportapp.store.migrations import migrate
from supportapp.store.users import insert_user
from tests.services.mariadb import MariaDB
from tests.services.redis import Redis

# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")
PASSWORD = "correcta-1234"
# argon2 of PASSWORD with the cheapest parameters (m=8 t=1 p=1): hashing is not what the tests wait for.
PASSWORD_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$ISD6sCs9Zs+8x8ElG43Vjw$FryF10m/zotmHWpWJmRoRdO0+VB93ZSOefn2CgyLkhk"
)
JWT_SECRET = "a secret for the tests; long enough to be taken 0123456789"
PEOPLE = {"ana": "Ana", "luis": "Luis", "extrano": "Extraño"}  # the stranger is always invited
ADMINS = {"marta": "Marta", "elena": "Elena"}
JOINED = datetime(2026, 1, 1, 9, 0)
SCHEMA = "soporte"


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A running private MariaDB without databases of ours; stop, kill and pause it freely, but start it again."""
    server = MariaDB(tmp_path_factory.mktemp("mariadb"))
    server.create()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A running private Redis; stop, kill and pause it freely, but start it again."""
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}", progress=lambda name: None)
    return path


@pytest.fixture(scope="session")
def migrated_schema(mariadb: MariaDB) -> str:
    """The URL of a migrated database, to be emptied before each test."""
    mariadb.execute(f"CREATE DATABASE {SCHEMA}")
    migrate(mariadb.url(SCHEMA), progress=lambda name: None)
    return mariadb.url(SCHEMA)


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'soporte.db')}"


@pytest.fixture
def mariadb_url(mariadb: MariaDB, migrated_schema: str) -> str:
    """A fresh migrated MariaDB database, and nobody else connected to it."""
    disconnect_all(mariadb)
    mariadb.execute(
        "DELETE FROM lecturas",
        "DELETE FROM conversaciones",
        "DELETE FROM mensajes",
        "DELETE FROM usuarios WHERE usuario <> 'admin'",
        "UPDATE usuarios SET pass = NULL, sesiones_desde = NULL, activo = 1, rol = 'admin', administra = 1, nombre = 'Soporte', gramas_de = NULL",
        "DELETE FROM sesiones",
        "DELETE FROM sesiones_cerradas",
        "DELETE FROM gramas",
        "DELETE FROM factores",
        "DELETE FROM codigos",
        "DELETE FROM cambios",
        "DELETE FROM auditoria",
        "DELETE FROM prohibiciones",
        "DELETE FROM enlaces",
        "DELETE FROM importados",
        "DELETE FROM borrados",
        "DELETE FROM secuencia",
        "INSERT INTO secuencia (nombre, valor) VALUES ('mensajes', 0), ('lecturas', 0), ('cambios', 0), ('auditoria', 0)",
        "DELETE FROM meta",
        "INSERT INTO meta (clave, valor) VALUES ('epoca', MD5(RAND()))",
        database=SCHEMA,
    )
    return migrated_schema


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database with nobody but `admin`, once on each dialect."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        jwt_secret=JWT_SECRET,
        instance_dir=tmp_path,
        users_may_write_to="anyone",
        read_limit="10000/second",
    )


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database, connected."""
    database = Database.from_settings(settings)
    await database.connect(wait=5)
    yield database
    await database.disconnect()


@pytest.fixture
async def people(database: Database) -> list[str]:
    """Ana, Luis and a stranger (users), Marta and Elena (admins), all with `PASSWORD`; their names."""
    for names, rol in ((PEOPLE, "user"), (ADMINS, "admin")):
        for usuario, nombre in names.items():
            await insert_user(database, usuario, nombre, rol, PASSWORD_HASH, JOINED)
    return [*PEOPLE, *ADMINS]


def disconnect_all(server: MariaDB) -> None:
    """End the connections that an earlier test left, so that none of them holds a lock."""
    for row in server.execute("SHOW PROCESSLIST"):
        if row["db"] == SCHEMA:
            with contextlib.suppress(pymysql.err.OperationalError):  # it has just left by itself
                server.execute(f"KILL {row['Id']}")
