"""A dump of a database and its return, as an operator does it while the chat runs."""

from tests.services.mariadb import MariaDB

WRITTEN = "usuario, clave, nombre, rol, pass, activo, sesiones_desde, creado, gramas_de, administra"
"""The columns of `usuarios` but the one that the server makes itself."""
TABLES = (
    "usuarios",
    "mensajes",
    "secuencia",
    "conversaciones",
    "lecturas",
    "meta",
    "gramas",
    "factores",
    "codigos",
    "sesiones",
    "cambios",
    "auditoria",
    "prohibiciones",
    "enlaces",
    "importados",
    "borrados",
)


def dump(server: MariaDB, database: str) -> None:
    """Copy the tables as they are at one moment."""
    copy = f"{database}_dump"
    server.execute(f"DROP DATABASE IF EXISTS {copy}", f"CREATE DATABASE {copy}")
    server.execute(*(f"CREATE TABLE {copy}.{table} LIKE {database}.{table}" for table in TABLES))
    server.execute(
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT",
        *(copied(table, database, copy) for table in TABLES),
        "COMMIT",
    )


def restore(server: MariaDB, database: str) -> int:
    """Put the dump in the place of the tables; the greatest id in it. Nobody may be connected meanwhile."""
    copy = f"{database}_dump"
    for row in server.execute("SHOW PROCESSLIST"):
        if row["db"] == database:
            server.execute(
                f"BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1094 BEGIN END; KILL {row['Id']}; END"
            )
    server.execute(
        "SET FOREIGN_KEY_CHECKS = 0",
        *(
            statement
            for table in TABLES
            for statement in (
                f"TRUNCATE {database}.{table}",
                copied(table, copy, database),
            )
        ),
        f"DROP DATABASE {copy}",
    )
    return int(server.execute(f"SELECT COALESCE(MAX(id), 0) AS head FROM {database}.mensajes")[0]["head"])


def copied(table: str, source: str, target: str) -> str:
    """As a dump does it, which leaves out what the server makes itself."""
    names, values = (f" ({WRITTEN})", WRITTEN) if table == "usuarios" else ("", "*")
    return f"INSERT INTO {target}.{table}{names} SELECT {values} FROM {source}.{table}"
