"""What the database's server is like and what this account may do there: for the doctor."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from supportapp.store.audit import Entry
from supportapp.store.bans import Ban
from supportapp.store.conversations import Summary
from supportapp.store.database import Connection, Database
from supportapp.store.links import COLUMNS as LINK_COLUMNS
from supportapp.store.messages import NewMessage
from supportapp.store.sessions import CLOSED, COLUMNS

RIGHTS = MappingProxyType(
    {
        "usuarios": ("usuario, clave, rol, creado, nombre", "INSERT", "UPDATE", "DELETE"),
        "mensajes": (", ".join(NewMessage.__slots__), "INSERT", "UPDATE"),
        "secuencia": ("nombre, valor", "INSERT", "UPDATE"),
        "conversaciones": (", ".join(Summary.__slots__), "INSERT", "UPDATE"),
        "lecturas": ("lector, usuario, recibidos_leidos", "INSERT", "UPDATE", "DELETE"),
        "meta": ("clave, valor", "INSERT", "UPDATE"),
        "gramas": ("grama, usuario", "INSERT", "DELETE"),
        "borrados": ("clave, usuario, seudonimo", "INSERT", "UPDATE"),
        "sesiones": (", ".join((*COLUMNS, *CLOSED)), "INSERT", "UPDATE", "DELETE"),
        "sesiones_cerradas": ("sesion, hasta",),
        "factores": ("usuario, sellado, paso, desde", "INSERT", "UPDATE", "DELETE"),
        "codigos": ("usuario, huella, usado", "INSERT", "UPDATE", "DELETE"),
        "cambios": ("id, tipo, clave, fecha", "INSERT", "DELETE"),
        "auditoria": (", ".join(Entry.__slots__), "INSERT"),
        "prohibiciones": (", ".join(Ban.__slots__), "INSERT", "UPDATE", "DELETE"),
        "enlaces": (", ".join((*LINK_COLUMNS, "usado")), "INSERT", "UPDATE", "DELETE"),
        "importados": ("nombre, usuario, imagen", "INSERT"),
    }
)
"""By table: what a row needs, at the end a column that may change, and what the chat does there besides SELECT."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`max_allowed_packet` in bytes; `binlog_format` only where a binary log is written; `ahead`: seconds of its
    clock before ours; `narrow`: columns of messages and names that cannot hold every character."""

    max_allowed_packet: int
    binlog_format: str | None
    ahead: float
    narrow: list[str]


async def select_server_facts(db: Database | Connection) -> ServerFacts:
    """MySQL and MariaDB only."""
    named = {row["Variable_name"]: row["Value"] for row in await db.fetch_all(VARIABLES)}
    before = datetime.now(UTC)
    theirs = datetime.fromisoformat(str(await db.fetch_val("SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)")))
    ours = before + (datetime.now(UTC) - before) / 2
    narrow = await db.fetch_all(NARROW)
    return ServerFacts(
        int(named["max_allowed_packet"]),
        named.get("binlog_format") if named.get("log_bin") == "ON" else None,
        (theirs - ours.replace(tzinfo=None)).total_seconds(),
        [f"{row['place']} ({row['charset_']})" for row in narrow],
    )


def statements_of_rights() -> list[tuple[str, str]]:
    """What each right is called, and a statement that needs it and touches no row."""
    found = []
    for table, (columns, *rights) in RIGHTS.items():
        last = columns.rpartition(" ")[2]
        statements = {
            "SELECT": f"SELECT 1 FROM {table} WHERE 1 = 0",
            "INSERT": f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE 1 = 0",
            "DELETE": f"DELETE FROM {table} WHERE 1 = 0",
            "UPDATE": f"UPDATE {table} SET {last} = {last} WHERE 1 = 0",
        }
        found += [(f"{right} on {table}", statements[right]) for right in ("SELECT", *rights)]
    return found


CHANGES_AUDIT = "UPDATE auditoria SET que = que WHERE 1 = 0"
"""What an account of the chat should not have the right to do; it touches no row."""
VARIABLES = """
    SHOW SESSION VARIABLES WHERE Variable_name IN ('max_allowed_packet', 'binlog_format', 'log_bin')
"""
NARROW = """
    SELECT CONCAT(table_name, '.', column_name) AS place, character_set_name AS charset_
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND character_set_name <> 'utf8mb4'
      AND CONCAT(table_name, '.', column_name) IN ('mensajes.mensaje', 'usuarios.nombre', 'usuarios.usuario')
"""
