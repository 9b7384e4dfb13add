"""A MySQL or MariaDB session set up as the promises need it, whatever the server's defaults are, and read back."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from supportapp.store.failures import DatabaseUnavailable

SQL_MODE = (
    "STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)


class Asking(Protocol):
    """What a session can be asked."""

    server_version: str

    async def select(self, sql: str, values: Mapping[str, object]) -> Sequence[Mapping[str, Any]]: ...

    async def change(self, sql: str, values: Mapping[str, object]) -> int: ...


async def prepare(session: Asking, *, tls: bool) -> int:
    """Set the session up and read it back: a proxy or an old server may ignore what it is told.

    Returns `max_allowed_packet`, the bytes that the server takes as one statement. Raises `DatabaseUnavailable`.
    """
    if tls and not (await session.select("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {}))[0]["Value"]:
        raise DatabaseUnavailable("the server offers no TLS, and ?ssl= asks for it")
    # A server with skip-character-set-client-handshake has not listened to what we said at the beginning.
    await session.change("SET NAMES utf8mb4", {})
    await session.change("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", {})
    await session.change(
        f"SET SESSION innodb_lock_wait_timeout = 1, time_zone = '+00:00', sql_mode = '{SQL_MODE}'", {}
    )
    if "mariadb" in session.server_version.lower():
        # A stopped process that holds the counter's row lock would stop every other one.
        await session.change("SET SESSION idle_write_transaction_timeout = 2", {})
    found = {
        row["Variable_name"].removeprefix("transaction_").removeprefix("tx_"): row["Value"]
        for row in await session.select(f"SHOW SESSION VARIABLES WHERE Variable_name IN ({READ_BACK})", {})
    }
    packet = int(found.pop("max_allowed_packet"))
    if found != KEPT:
        raise DatabaseUnavailable(f"the server does not keep the session's settings: {found}")
    return packet


KEPT: Mapping[str, str] = MappingProxyType(
    {
        "isolation": "READ-COMMITTED",
        "innodb_lock_wait_timeout": "1",
        "time_zone": "+00:00",
        "character_set_client": "utf8mb4",
        "character_set_connection": "utf8mb4",
        "character_set_results": "utf8mb4",
    }
)
READ_BACK = ", ".join(
    f"'{name}'" for name in (*KEPT, "tx_isolation", "transaction_isolation", "max_allowed_packet")
)
