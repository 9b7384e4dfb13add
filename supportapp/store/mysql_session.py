"""One MySQL or MariaDB connection, set up as the promises need it and checked to be so."""

# mypy: disable-error-code="no-untyped-call"

import asyncio
import select
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aiomysql
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import decoders

from supportapp.store.failures import DatabaseUnavailable, RowRefused
from supportapp.store.mysql_setup import prepare
from supportapp.store.statements import insert_into, pyformat


class QuietCursor(aiomysql.Cursor):
    """A cursor that does not fetch the server's notes after a statement: strict mode makes errors of what matters."""

    async def _show_warnings(self, conn: Any) -> None:
        pass


class MySQLSession(aiomysql.Connection):
    """What the pool and our `Connection` need of a MySQL connection."""

    max_packet = 1024
    """Bytes that the server takes as one statement, as it said at the beginning; the least that there is until then."""

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
            session.max_packet = await prepare(session, tls="ssl" in arguments)
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
        """One statement, or several where the server takes less than all in one; `RowRefused` where not even one row."""
        escape, opening = self.escape, insert_into(table, columns)
        lines = [f"({', '.join([escape(value) for value in row])})" for row in rows]
        for some in _portions(lines, self.max_packet - len((opening + ending).encode())):
            await self._run(opening + ", ".join(some) + ending, None)

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
        """The cursor after `sql`, whose rows are all here. Encoded strictly: aiomysql lets lone surrogates through.

        One that is larger than the server takes would end the connection, which looks like an outage.
        """
        if values is not None:
            sql %= {name: self.escape(value) for name, value in values.items()}
        encoded = sql.encode()
        if len(encoded) >= self.max_packet:
            raise RowRefused(f"{len(encoded)} bytes, and max_allowed_packet is {self.max_packet}")
        cursor = await self.cursor()
        await cursor.execute(encoded)
        return cursor


def _portions(lines: Sequence[str], size: int) -> Iterator[list[str]]:
    """`lines` in their order, as many at once as are `size` bytes together with what joins them, at least one."""
    if 4 * (sum(map(len, lines)) + 2 * len(lines)) <= size:  # no character has more than four bytes
        yield list(lines)
        return
    some: list[str] = []
    room = size
    for line in lines:
        needed = len(line.encode()) + 2
        if some and needed > room:
            yield some
            some, room = [], size
        some.append(line)
        room -= needed
    if some:
        yield some
