"""`copy`: a whole chat to the other dialect and back, compared, or refused with one line."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from supportapp.store.copied_tables import TABLES, Sum, stored
from supportapp.store.database import Database
from supportapp.store.migrations import SQL, migrate
from supportapp.store.sequence import select_epoch, select_head
from supportapp.store.sides import open_side
from tests.forked import supportapp
from tests.processes import ROOT, sqlite_settings
from tests.services.mariadb import MariaDB
from tests.store.talk import say

TEXTS = ("🙂🇪🇸", "e\u0301 y é", "a\x00b", "'; --", "\\", "trailing  ", "ñ" * 2000)
HAND = (
    "INSERT INTO lecturas (lector, usuario, leido_hasta, entregado_hasta, recibidos_leidos, cambio) VALUES ('marta', 'ana', 1, 1, 1, 7)",
    "INSERT INTO meta (clave, valor) VALUES ('0123456789abcdef0123456789abcdef', 'anterior')",
    "INSERT INTO gramas (grama, usuario) VALUES ('ñ\U0001f642x', 'ana')",
    (
        "INSERT INTO sesiones (sesion, usuario, modo, creada, vista, fin, navegador) VALUES "
        "('s', 'ana', 'clave', '2026-01-01 00:00:00.000001', '2026-01-01 00:00:00.999999', '2026-01-02 00:00:00', NULL)"
    ),
    "INSERT INTO sesiones_cerradas (sesion, hasta) VALUES ('s', 9000000000000000000)",
    "INSERT INTO cambios (id, tipo, clave, fecha) VALUES (3, 'cuenta', 'ana', '2026-01-01 00:00:00.123456')",
    f"INSERT INTO borrados (clave, usuario, seudonimo) VALUES ('{'d1' * 16}', NULL, NULL)",
    "UPDATE mensajes SET mensaje = '', huella = '', borrado = '2026-01-01 00:00:00.000003' WHERE id = 2",
    "INSERT INTO importados (nombre, usuario, imagen) VALUES ('Ána', 'ana', NULL)",
    "INSERT INTO factores (usuario, sellado, paso, desde) VALUES ('ana', 'gAAAA', 57000000, '2026-01-01 00:00:00.000001')",
    f"INSERT INTO codigos (usuario, huella, usado) VALUES ('ana', '{'0f' * 32}', NULL)",
    (
        "INSERT INTO prohibiciones (tipo, valor, desde, hasta, quien, motivo) VALUES "
        "('red', '192.0.2.0/24', '2026-01-01 00:00:00.000001', '2026-01-02 00:00:00', NULL, 'ñ🙂')"
    ),
    (
        "INSERT INTO enlaces (huella, tipo, usuario, rol, quien, creado, caduca, usado) VALUES "
        f"('{'e1' * 32}', 'clave', 'ana', NULL, NULL, '2026-01-01 00:00:00.500000', '2026-01-02 00:00:00.000000', NULL)"
    ),
    (
        "INSERT INTO auditoria (id, fecha, quien, que, a_quien, direccion, motivo, detalles, veces) VALUES "
        "(1, '2026-01-01 00:00:00.000001', NULL, 'clave', 'ana', '192.0.2.7', 'ñ🙂', '{}', 3)"
    ),
    "UPDATE usuarios SET activo = 0, sesiones_desde = '2026-01-01 00:00:00.000009' WHERE usuario = 'luis'",
)


@pytest.fixture
async def talked(database: Database, people: list[str]) -> Database:
    """With something in every table, written as hands and programs write it."""
    await say(database, *(("ana", "marta", text) for text in TEXTS), ("marta", "ana", "x"))
    for sql in HAND:
        await database.execute(sql)
    return database


@pytest.fixture
def other(database_url: str, mariadb: MariaDB, tmp_path: Path) -> Callable[[str], str]:
    """A new place on the other dialect."""

    def place(name: str) -> str:
        if database_url.startswith("mysql"):
            return f"sqlite:///{tmp_path / name}.db"
        mariadb.execute(f"CREATE OR REPLACE DATABASE {name}")
        return mariadb.url(name)

    return place


def content(url: str) -> dict[str, Sum]:
    with closing(open_side(url, "x")) as side:
        sums = {table: Sum() for table in TABLES}
        for table, found in sums.items():
            for rows in stored(side, table, sorted(side.columns(table))):
                found.add(rows)
        return sums


async def test_there_and_back_every_byte_is_the_same(
    talked: Database, database_url: str, other: Callable[[str], str], tmp_path: Path
) -> None:
    env = sqlite_settings(tmp_path)
    target = other("copied")
    result = supportapp("copy", database_url, target, env=env)
    assert result.returncode == 0, result.stderr
    assert "Everything is the same on both sides." in result.stdout
    assert "same SPOOL_DIR" in result.stdout
    before = content(database_url)
    assert all(found.count for found in before.values())
    assert content(target) == before
    copied = Database(target)
    await copied.connect()
    assert await select_epoch(copied) == await select_epoch(talked)
    assert await say(copied, ("ana", "marta", "sigue")) == [await select_head(talked) + 1]
    await copied.disconnect()
    back = f"sqlite:///{tmp_path / 'back.db'}"
    assert supportapp("copy", target, back, env=env).returncode == 0
    assert content(back) == content(target)
    again = supportapp("copy", database_url, target, env=env)
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)
    assert "TARGET_URL is not empty (rows in mensajes" in again.stderr


async def test_killed_in_the_middle_it_begins_anew(
    talked: Database, database_url: str, other: Callable[[str], str], tmp_path: Path
) -> None:
    for n in range(60):
        await say(talked, *(("ana", "marta", f"{n} {m}") for m in range(100)))
    target, env = other("killed"), sqlite_settings(tmp_path)
    migrate(target, progress=lambda _: None)
    process = subprocess.Popen(
        [sys.executable, "-m", "supportapp", "copy", database_url, target], cwd=ROOT, env=env
    )
    until = time.monotonic() + 30
    while not content(target)["mensajes"].count and time.monotonic() < until:
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert content(target)["mensajes"] != content(database_url)["mensajes"]
    half = Database(target)
    await half.connect()
    assert await select_head(half) == 0  # no chat stores anything here
    await half.disconnect()
    onward = supportapp("copy", target, f"sqlite:///{tmp_path / 'onward.db'}", env=env)
    assert "is itself a copy that was broken off" in onward.stderr
    result = supportapp("copy", database_url, target, env=env)
    assert result.returncode == 0, result.stderr
    assert content(target) == content(database_url)


def test_what_cannot_be_copied_is_one_line(sqlite_url: str, tmp_path: Path, mariadb: MariaDB) -> None:
    full = tmp_path / "text.db"
    full.write_text("something else altogether, and long enough to be looked at" * 20)
    old = tmp_path / "old.db"
    connection = sqlite3.connect(old)
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    for source, target, said in (
        (sqlite_url, sqlite_url, "are the same database"),
        ("sqlite:///nowhere.db", "sqlite:///x.db", "SOURCE_URL: there is no file nowhere.db"),
        (
            f"sqlite:///{old}",
            f"sqlite:///{tmp_path}/new.db",
            "SOURCE_URL has another schema than this version",
        ),
        (sqlite_url, f"sqlite:///{full}", "TARGET_URL: The database refuses"),
        (sqlite_url, "mysql://u:geheim@127.0.0.1:1/x", "TARGET_URL: The database does not answer"),
        (mariadb.url("nowhere"), sqlite_url, "SOURCE_URL: The database refuses (1049"),
        ("mysql://u:geheim@host", sqlite_url, "SOURCE_URL must name a database"),
    ):
        result = supportapp("copy", source, target, env=sqlite_settings(tmp_path))
        assert result.returncode in (1, 2)
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert said in result.stderr
        assert "geheim" not in result.stderr


def test_another_schema_is_refused_on_either_side(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "sqlite"
    folder.mkdir(parents=True)
    *earlier, newest = (path.stem for path in sorted((SQL / "sqlite").glob("*.sql")))
    for path in ((SQL / "sqlite" / f"{name}.sql") for name in earlier):
        (folder / path.name).write_text(path.read_text())
    older = f"sqlite:///{tmp_path / 'older.db'}"
    migrate(older, progress=lambda _: None, sql=tmp_path / "sql")
    env = sqlite_settings(tmp_path)
    for source, target, about in (
        (older, f"sqlite:///{tmp_path}/n.db", "SOURCE"),
        (sqlite_url, older, "TARGET"),
    ):
        result = supportapp("copy", source, target, env=env)
        assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
        assert f"{about}_URL has another schema than this version of the program ({newest})" in result.stderr
