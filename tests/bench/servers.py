"""What is measured: the chat on each database as a whole process, and a reference system that keeps the same contract."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from supportapp.store.migrations import migrate
from supportapp.store.sqlite_connect import connect_sqlite
from tests.bench.machine import tree
from tests.processes import SECRET, Running, environment, free_port
from tests.services.mariadb import MariaDB

PEOPLE = 5000
DURABLE = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-doublewrite=1",
    "--innodb-flush-method=O_DIRECT",
    "--innodb-buffer-pool-size=128M",
    "--innodb-log-file-size=96M",
    "--sync-frm=ON",
)
"""As MariaDB comes: a commit that was answered is on the disk. It writes no binary log, so `sync_binlog` says nothing."""
UNLIMITED = {
    "ENVIRONMENT": "production", "MESSAGE_LIMIT": "1000000/second", "READ_LIMIT": "1000000/second",
    "CONNECTIONS_PER_ADDRESS": 100_000, "JWT_SECRET": SECRET,
}  # fmt: skip
INSERT_PEOPLE = (
    "INSERT INTO usuarios (usuario, clave, nombre, rol, activo, creado) VALUES "
    + ", ".join(f"('u{n}', 'u{n}', 'Persona {n}', 'user', 1, '2026-01-01 09:00:00.000000')" for n in range(PEOPLE))
)  # fmt: skip
REFERENCE_PEOPLE = """CREATE TABLE usuarios (usuario VARCHAR(50) PRIMARY KEY, nombre VARCHAR(100), rol VARCHAR(20),
    pass VARCHAR(255), imagen VARCHAR(255)) CHARACTER SET utf8mb4"""
REFERENCE_MESSAGES = """CREATE TABLE mensajes (id INT AUTO_INCREMENT PRIMARY KEY, de_usuario VARCHAR(50), para_usuario VARCHAR(50),
    mensaje TEXT, fecha DATETIME DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (de_usuario) REFERENCES usuarios (usuario),
    FOREIGN KEY (para_usuario) REFERENCES usuarios (usuario)) CHARACTER SET utf8mb4"""
SAME_PEOPLE = "INSERT INTO usuarios (usuario, nombre, rol) SELECT usuario, nombre, rol FROM chat.usuarios"
"""What a reference finds in its database: the two tables of the contract."""
STARTS_WITHIN = 20.0


class NotMeasurable(Exception):  # noqa: N818
    """This machine or this side cannot tell, and why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A chat that runs. `processes`, `database`: process ids; `stored()`: how many messages are in its database.

    `acknowledged`: its senders hear when their message is stored.
    """

    name: str
    url: str
    processes: list[int]
    database: list[int]
    stored: Callable[[], int]
    acknowledged: bool = True


def start_mariadb(folder: Path, fsync_us: int = 0) -> MariaDB:
    """A private, durable MariaDB with the databases `chat` and `reference`, whose fsync takes `fsync_us` longer."""
    mariadb = MariaDB(folder, *DURABLE)
    folder.mkdir(parents=True)
    mariadb.create()
    with slow_disk(folder, fsync_us):
        mariadb.start()
    mariadb.execute("CREATE DATABASE chat", "CREATE DATABASE reference")
    migrate(mariadb.url("chat"), progress=lambda name: None)
    mariadb.execute(INSERT_PEOPLE, database="chat")
    mariadb.execute(REFERENCE_PEOPLE, REFERENCE_MESSAGES, SAME_PEOPLE, database="reference")
    return mariadb


def make_sqlite(folder: Path) -> Path:
    """A migrated SQLite file with people."""
    file = folder / "soporte.db"
    migrate(f"sqlite:///{file}", progress=lambda name: None)
    with closing(connect_sqlite(file)) as connection:
        connection.execute(INSERT_PEOPLE)
    return file


@contextmanager
def on_mariadb(mariadb: MariaDB, folder: Path, name: str = "chat") -> Iterator[Server]:
    """The chat on the database `name`."""
    with running(mariadb.url(name), folder) as chat:
        yield Server("chat", chat.url, tree(chat.process.pid), [mariadb.pid], partial(rows_of, mariadb, name))


@contextmanager
def on_sqlite(file: Path, folder: Path, *program: str) -> Iterator[Server]:
    """The chat on a SQLite file; `program` starts it in place of `python -m supportapp`."""
    with running(f"sqlite:///{file}", folder, *program) as chat:
        yield Server("chat on SQLite", chat.url, tree(chat.process.pid), [], partial(rows_in, file))


@contextmanager
def reference(command: str, mariadb: MariaDB) -> Iterator[Server]:
    """What `command` starts: it serves the contract on PORT, with DB_* and JWT_SECRET in its environment.

    Raises `NotMeasurable` where it does not answer.
    """
    port = free_port()
    env = environment(
        PORT=port, DB_HOST="127.0.0.1", DB_PORT=mariadb.port, DB_USER=mariadb.user, DB_PASS=mariadb.password,
        DB_NAME="reference", JWT_SECRET=SECRET,
    )  # fmt: skip
    try:
        server = Running(shlex.split(command), port, env)
    except (OSError, ValueError, IndexError) as error:
        raise NotMeasurable(f"REFERENCE cannot be started: {error}") from None
    with server:
        try:
            server.wait_until(lambda: speaks_http(port), timeout=STARTS_WITHIN)
        except AssertionError:
            raise NotMeasurable(
                f"REFERENCE does not answer on its PORT: {complaint(server.output)}"
            ) from None
        stored = partial(rows_of, mariadb, "reference")
        yield Server(
            "reference", server.url, tree(server.process.pid), [mariadb.pid], stored, acknowledged=False
        )


@contextmanager
def running(
    database_url: str, folder: Path, *program: str, port: int | None = None, **settings: object
) -> Iterator[Running]:
    """The chat as a whole process, as it is deployed, without the limits that are there for strangers."""
    port = port or free_port()
    env = environment(
        DATABASE_URL=database_url, INSTANCE_DIR=tempfile.mkdtemp(dir=folder), HOST="127.0.0.1", PORT=port,
        PUBLIC_URL=f"http://127.0.0.1:{port}", **UNLIMITED, **settings,
    )  # fmt: skip
    command = [*(program or (sys.executable, "-m", "supportapp")), "serve"]
    with Running(command, port, env) as chat:
        yield chat.wait_until_it_answers("/readyz")
        chat.stop()


def complaint(output: str) -> str:
    """The line of a program that ended in which it says why, as far as one can tell."""
    lines = output.strip().splitlines() or ["it said nothing"]
    return next((line for line in lines if re.match(r"\w*Error\b", line)), lines[-1]).strip()


def speaks_http(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling", timeout=2):
            return True
    except HTTPError:
        return True
    except (URLError, OSError):
        return False


def rows_of(mariadb: MariaDB, database: str) -> int:
    return int(
        mariadb.execute("SELECT COALESCE(MAX(id), 0) AS last FROM mensajes", database=database)[0]["last"]
    )


def rows_in(file: Path) -> int:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        return int(connection.execute("SELECT COALESCE(MAX(id), 0) FROM mensajes").fetchone()[0])


@contextmanager
def slow_disk(folder: Path, microseconds: int) -> Iterator[None]:
    """Servers that are started in this block wait so long for each fsync."""
    if not microseconds:
        yield
        return
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotMeasurable("no cc")
    library = folder / "slow_fsync.so"
    source = Path(__file__).with_name("slow_fsync.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    added = {"LD_PRELOAD": str(library), "FSYNC_US": str(microseconds)}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
