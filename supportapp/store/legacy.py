"""The tables of the older Node system, `usuarios` and `mensajes` on MySQL, as they are at one moment. Nothing is written there.

Every method waits for the server: call them in a thread.
"""

# mypy: disable-error-code="no-untyped-call"

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from supportapp.errors import StartError
from supportapp.store.failures import DRIVER_ERRORS, DatabaseUnavailable, translate
from supportapp.store.mysql_connect import connect_mysql
from supportapp.store.side_mysql import cut

NEEDED = MappingProxyType(
    {
        "usuarios": ("usuario", "nombre", "rol", "pass"),
        "mensajes": ("id", "de_usuario", "para_usuario", "mensaje", "fecha"),
    }
)
OURS = "huella"
"""A column of `mensajes` that only this chat has."""
FIRST = "1971-01-01"
"""No message is older: what says so is a date that was never set."""
NEAR = 200
"""Rows before one without a usable date in which a date is looked for."""
READ_TIMEOUT = 600


class SourceAway(DatabaseUnavailable):
    """It is theirs that does not answer."""


@dataclass(frozen=True, slots=True)
class OldPerson:
    """A row of their `usuarios`, names without blanks at the end."""

    usuario: str
    nombre: str | None
    rol: str | None
    clave: str | None
    imagen: str | None


@dataclass(frozen=True, slots=True)
class OldMessage:
    """A row of their `mensajes`. `fecha`: as it stands there; `cuando`: that, or where it says nothing the one before by id."""

    id: int
    de: str | None
    para: str | None
    mensaje: str | None
    fecha: str | None
    cuando: str | None


class Legacy:
    """One connection with a snapshot: what is written there meanwhile is found by the next import."""

    def __init__(self, url: str) -> None:
        """Raises `SourceAway`, and `StartError` where these are other tables."""
        with words():
            self._connection = connect_mysql(url, read_timeout=READ_TIMEOUT, conv=encoders)
        try:
            with words():
                self._begin()
            self._columns = self._look()
        except BaseException:
            self.close()
            raise

    @property
    def has_imagen(self) -> bool:
        return "imagen" in self._columns["usuarios"]

    @property
    def in_utc(self) -> bool:
        """Whether `fecha` is a TIMESTAMP, which knows its time zone: the server hands it out in UTC."""
        return self._columns["mensajes"]["fecha"][0] == "timestamp"

    def people(self) -> list[OldPerson]:
        imagen = text("imagen") if self.has_imagen else "NULL"
        columns = f"{name_of('usuario')}, {text('nombre')}, {text('rol')}, {text('pass')}, {imagen}"
        return [OldPerson(*row) for row in self._all(f"SELECT {columns} FROM usuarios ORDER BY 1")]

    def names(self) -> list[tuple[str, str | None]]:
        """Every name that stands in a message, and whose account it is there: by their collation `PEPE` may be `pepe`."""
        _, charset, collation = self._columns["usuarios"]["usuario"]
        same = f"u.usuario = CONVERT(d.nombre USING {charset}) COLLATE {collation}"
        return [(row[0], row[1]) for row in self._all(NAMES.format(same=same, usuario=name_of("u.usuario")))]

    def count(self) -> int:
        return int(self._all("SELECT COUNT(*) FROM mensajes")[0][0])

    def messages(self, latest: datetime, at_once: int) -> Iterator[list[OldMessage]]:
        """All, in the order of time and id, so many at once: the server sorts, and memory stays flat.

        `latest`: what is dated later says nothing.
        """
        with words():
            cursor = self._connection.cursor(SSCursor)  # its own end would read all that is left
            cursor.execute(MESSAGES, {"first": FIRST, "latest": str(latest), "near": NEAR})
            while rows := cursor.fetchmany(at_once):
                yield [OldMessage(int(row[0]), *row[1:]) for row in rows]

    def close(self) -> None:
        cut(self._connection)

    def _begin(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = {READ_TIMEOUT}"
            )
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def _look(self) -> dict[str, dict[str, tuple[str, str, str]]]:
        """Kind, character set and collation of each column of the two tables."""
        found: dict[str, dict[str, tuple[str, str, str]]] = {table: {} for table in NEEDED}
        for table, column, *what in self._all(COLUMNS):
            found[table.lower()][column.lower()] = (what[0], *(re.sub(r"\W", "", one) for one in what[1:]))
        if OURS in found["mensajes"]:
            raise StartError(
                "SOURCE_URL is a database of this chat, not of the older system. To move it: copy SOURCE_URL TARGET_URL"
            )
        for table, columns in NEEDED.items():
            if lacking := [column for column in columns if column not in found[table]]:
                what_lacks = (
                    f"table {table} without {', '.join(lacking)}" if found[table] else f"no table {table}"
                )
                raise StartError(f"SOURCE_URL has {what_lacks}: this is not the older system's database.")
        return found

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        with words(), self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


@contextmanager
def words() -> Iterator[None]:
    """The driver's errors as ours."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise SourceAway(str(translate(error) or error)) from error


def text(column: str) -> str:
    return f"CONVERT({column} USING utf8mb4)"


def name_of(column: str) -> str:
    """Blanks at the end count for nothing there."""
    return f"TRIM(TRAILING ' ' FROM {text(column)})"


COLUMNS = """
    SELECT table_name, column_name, data_type, COALESCE(character_set_name, ''), COALESCE(collation_name, '')
    FROM information_schema.columns WHERE table_schema = DATABASE() AND LOWER(table_name) IN ('usuarios', 'mensajes')
"""
_NAMES = " UNION ".join(
    f"SELECT DISTINCT {name_of(column)} COLLATE utf8mb4_bin AS nombre FROM mensajes"
    for column in ("de_usuario", "para_usuario")
)
NAMES = f"SELECT d.nombre, {{usuario}} FROM ({_NAMES}) AS d LEFT JOIN usuarios u ON {{same}} WHERE d.nombre IS NOT NULL ORDER BY 1"
_USABLE = "{0}.fecha > %(first)s AND {0}.fecha <= %(latest)s"
MESSAGES = f"""
    SELECT m.id, {name_of("m.de_usuario")}, {name_of("m.para_usuario")}, {text("m.mensaje")}, CAST(m.fecha AS CHAR),
           CAST(CASE WHEN {_USABLE.format("m")} THEN m.fecha ELSE COALESCE(
             (SELECT b.fecha FROM mensajes b WHERE b.id < m.id AND b.id >= m.id - %(near)s AND {_USABLE.format("b")}
              ORDER BY b.id DESC LIMIT 1),
             (SELECT MIN(f.fecha) FROM mensajes f WHERE {_USABLE.format("f")})) END AS CHAR) AS cuando
    FROM mensajes m ORDER BY cuando, m.id
"""
