"""Databases with so many messages, the same on both: one person in a hundred messages, and one who wrote a hundredth of all."""

import asyncio
from contextlib import closing
from pathlib import Path

from supportapp.store.database import Database
from supportapp.store.migrations import migrate
from supportapp.store.sqlite_connect import connect_sqlite
from tests.services.mariadb import MariaDB
from tests.store.talk import index_names

BUSY, RARE = "p1", "rara"
"""Who wrote a hundredth of all, and what one name alone contains."""
EACH = 100
"""Messages for each person."""
WHEN = "'2026-01-15 10:00:00.000000'"


def statements(messages: int, numbers: str, few: str) -> list[str]:
    """How they are filled; `numbers`, `few`: tables with a column `seq` of 1 … `messages`, 1 … the number of people."""
    people = messages // EACH
    owner = f"'p' || (CASE WHEN seq % {EACH} = 0 THEN 1 ELSE 2 + (seq * 7919) % {people - 1} END)"
    from_desk = "seq % 3 = 0"
    return [
        f"""INSERT INTO usuarios (usuario, clave, nombre, rol, activo, creado)
        SELECT 'p' || seq, 'p' || seq, CASE WHEN seq = 2 THEN 'Eulalia {RARE}' ELSE 'Persona ' || seq END, 'user', 1, {WHEN} FROM {few}""",
        f"""INSERT INTO mensajes (id, de_usuario, para_usuario, mensaje, fecha, de_admin, numero, id_cliente, huella)
        SELECT seq, CASE WHEN {from_desk} THEN 'admin' ELSE {owner} END, CASE WHEN {from_desk} THEN {owner} ELSE 'admin' END,
               'mensaje ' || seq || ', con unas palabras como las que escribe la gente cuando pregunta algo', {WHEN},
               {from_desk}, seq, 'c' || seq, '{"0" * 32}' FROM {numbers}""",
        f"""INSERT INTO conversaciones (usuario, ultimo_id, ultimo_de, vista_previa, ultima_fecha, recibidos, con_mesa)
        SELECT usuario, MAX(id), usuario, 'con unas palabras', {WHEN}, MAX(id), 1
        FROM (SELECT id, CASE WHEN de_admin = 1 THEN para_usuario ELSE de_usuario END AS usuario FROM mensajes) AS owners GROUP BY usuario""",
        """INSERT INTO lecturas (lector, usuario, entregado_hasta, leido_hasta, recibidos_leidos)
        SELECT 'admin', usuario, ultimo_id, ultimo_id, recibidos FROM conversaciones""",
        f"UPDATE secuencia SET valor = {messages} WHERE nombre = 'mensajes'",
    ]


def fill_mariadb(mariadb: MariaDB, name: str, messages: int) -> None:
    """A database `name` of that many messages."""
    mariadb.execute(f"CREATE DATABASE {name}")
    migrate(mariadb.url(name), progress=lambda _: None)
    mariadb.execute(
        "SET SESSION foreign_key_checks = 0, unique_checks = 0, sql_mode = 'PIPES_AS_CONCAT'",
        *statements(messages, f"seq_1_to_{messages}", f"seq_1_to_{messages // EACH}"),
        "ANALYZE TABLE mensajes, usuarios, conversaciones, lecturas",
        database=name,
    )
    asyncio.run(indexed(mariadb.url(name)))
    mariadb.execute("ANALYZE TABLE gramas", database=name)


def fill_sqlite(file: Path, messages: int) -> None:
    """A file of that many messages."""
    migrate(f"sqlite:///{file}", progress=lambda _: None)
    with closing(connect_sqlite(file)) as connection:
        for setting in (
            "foreign_keys = OFF",
            "synchronous = OFF",
            "journal_mode = OFF",
            "cache_size = -500000",
        ):
            connection.execute(
                f"PRAGMA {setting}"
            ).fetchall()  # nobody else is there, and what fails is made anew
        connection.execute("BEGIN")
        for statement in statements(messages, upto(messages), upto(messages // EACH)):
            connection.execute(statement)
        connection.execute("COMMIT")
    asyncio.run(indexed(f"sqlite:///{file}"))


async def indexed(url: str) -> None:
    database = Database(url)
    await database.connect()
    await index_names(database)
    await database.disconnect()


def upto(last: int) -> str:
    return f"(WITH RECURSIVE s (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < {last}) SELECT seq FROM s)"
