"""One MySQL or MariaDB connection, set up as the promises need it and checked to be so."""

# mypy: disable-error-code="no-untyped-call"

import asyncio
import select
from collections.abc import Mapping, Sequence
from typing import Any

import aiomysql
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import decoders

from supportapp.store.failures import DatabaseUnavailable
from supportapp.store.statements import insert_into, pyformat

SQL_MODE = (
    "STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)


class QuietCursor(aiomysql.Cursor):
    """A cursor that does not fetch the server's notes after a statement: strict mode makes errors of what matters."""

    async def _show_warnings(self, conn: Any) -> None:
        pass


class MySQLSession(aiomysql.Connection):
    """What the pool and our `Connection` need of a MySQL connection."""

    @classmethod
    async def open(cls, arguments: Mapping[str, Any]) -> "MySQLSession":
        """A connection that is ready and, where TLS was asked for, encrypted."""
        session = cls(
            **arguments,
            autocommit=True,
            connect_timeout=10,
            client_flag=CLIENT.FOUND_ROWS,  # an UPDATE counts the rows it matched, as SQLite does
            conv=decoders | {FIELD_TYPE.TINY: lambda value: value != "0"},  # TINYINT(1) are our booleans
            cursorclass=QuietCursor,
        )
        session.client_flag &= ~CLIENT.MULTI_STATEMENTS
        try:
            await session._connect()
            await session._prepare(tls="ssl" in arguments)
        except RuntimeError as error:  # aiomysql's word for a line that was cut before it could be set up
            session.abandon()
            raise DatabaseUnavailable(str(error)) from error
        except BaseException:  # a cancelled `aiomysql.connect` would leave its socket behind
            session.abandon()
            raise
        return session

    async def select(self, sql: str, values: Mapping[str, object]) -> list[Mapping[str, Any]]:
        cursor = await self._run(pyformat(sql), values)
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor._rows]

    async def change(self, sql: str, values: Mapping[str, object]) -> int:
        """The number of rows that the statement matched."""
        return int((await self._run(pyformat(sql), values)).rowcount)

    async def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], ending: str = ""
    ) -> None:
        escape = self.escape
        lines = ", ".join(f"({', '.join([escape(value) for value in row])})" for row in rows)
        await self._run(insert_into(table, columns) + lines + ending, None)

    def usable(self) -> bool:
        """Open, outside a transaction and silent: whatever an idle server says is its farewell.

        Asks the kernel, because the event loop may not have looked since.
        """
        reader, writer = self._reader, self._writer
        if reader is None or writer is None or reader.at_eof() or reader.exception() or self.in_transaction:
            return False
        socket = writer.get_extra_info("socket")
        if socket is None:  # closed meanwhile
            return False
        line = select.poll()
        line.register(socket.fileno(), select.POLLIN)
        return not line.poll(0)

    async def prove(self) -> None:
        await self.ping(reconnect=False)

    def abandon(self) -> asyncio.Future[object] | None:
        """Cut the line; the server rolls back when it notices."""
        if self._writer is not None:
            self._writer.transport.abort()  # close() would wait for a stopped server to read what was sent
        self.close()
        return None

    async def finish(self) -> None:
        await self.ensure_closed()

    @property
    def in_transaction(self) -> bool:
        return bool(self.get_transaction_status())

    async def _run(self, sql: str, values: Mapping[str, object] | None) -> Any:
        """The cursor after `sql`, whose rows are all here. Encoded strictly: aiomysql lets lone surrogates through."""
        if values is not None:
            sql %= {name: self.escape(value) for name, value in values.items()}
        cursor = await self.cursor()
        await cursor.execute(sql.encode())
        return cursor

    async def _prepare(self, *, tls: bool) -> None:
        """Set the session up and read it back: a proxy or an old server may ignore what it is told."""
        if tls and not (await self.select("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {}))[0]["Value"]:
            raise DatabaseUnavailable("the server offers no TLS, and ?ssl= asks for it")
        await self._run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", None)
        await self._run(
            f"SET SESSION innodb_lock_wait_timeout = 1, time_zone = '+00:00', sql_mode = '{SQL_MODE}'", None
        )
        if "mariadb" in self.server_version.lower():
            # A stopped process that holds the counter's row lock would stop every other one.
            await self._run("SET SESSION idle_write_transaction_timeout = 2", None)
        rows = await self.select(
            "SHOW SESSION VARIABLES WHERE Variable_name IN "
            "('tx_isolation', 'transaction_isolation', 'innodb_lock_wait_timeout', 'time_zone')",
            {},
        )
        found = {
            row["Variable_name"].removeprefix("transaction_").removeprefix("tx_"): row["Value"]
            for row in rows
        }
        if found != {"isolation": "READ-COMMITTED", "innodb_lock_wait_timeout": "1", "time_zone": "+00:00"}:
            raise DatabaseUnavailable(f"the server does not keep the session's settings: {found}")
