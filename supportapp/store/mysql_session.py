"""One MySQL or MariaDB connection, set up as the promises need it and checked to be so."""

# mypy: disable-error-code="no-untyped-call"

import asyncio
import select
from collections.abc import Mapping, Sequence
from typing import Any

from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import decoders

from supportapp.store.failures import DatabaseUnavailable, RowRefused
from supportapp.store.mysql_line import Line, portions
from supportapp.store.mysql_setup import prepare
from supportapp.store.statements import Query, Statement, insert_into, pyformat


class MySQLSession(Line):
    """What the pool and our `Connection` need of a MySQL connection."""

    max_packet = 1024
    """Bytes that the server takes as one packet, as it said at the beginning; the least that there is until then."""

    @classmethod
    async def open(cls, arguments: Mapping[str, Any], *, several: bool = False) -> "MySQLSession":
        """A connection that is ready and, where TLS was asked for, encrypted; `several` statements in one packet."""
        session = cls(
            **arguments,
            autocommit=True,
            connect_timeout=10,
            client_flag=CLIENT.FOUND_ROWS,  # an UPDATE counts the rows it matched, as SQLite does
            conv=decoders | {FIELD_TYPE.TINY: lambda value: value != "0"},  # TINYINT(1) are our booleans
        )
        if not several:
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
        (result,) = await self._run([self._filled(sql, values)])
        return _rows(result)

    async def change(self, sql: str, values: Mapping[str, object]) -> int:
        """The number of rows that the statement matched."""
        (result,) = await self._run([self._filled(sql, values)])
        return int(result.affected_rows)

    async def several(self, statements: Sequence[Statement]) -> list[list[Mapping[str, Any]]]:
        """The rows of those that have columns; the server stops at the first error.

        In as few packets as it takes, each answered before the next is sent; `RowRefused` where one statement or
        one row of an INSERT is larger than any packet.
        """
        texts = [text for statement in statements for text in self._texts(statement)]
        together = self.client_flag & self.server_capabilities & CLIENT.MULTI_STATEMENTS
        answers: list[list[Mapping[str, Any]]] = []
        for some in portions(texts, self.max_packet if together else 0):
            answers += [_rows(result) for result in await self._run(some) if result.description]
        return answers

    def usable(self) -> bool:
        reader, writer = self._reader, self._writer
        if reader is None or writer is None or reader.at_eof() or reader.exception():
            return False
        return not self.unread and not self.in_transaction

    def silent(self) -> bool:
        """Whatever an idle server says is its farewell. The event loop may not have looked since: the kernel has."""
        socket = self._writer and self._writer.get_extra_info("socket")
        if not socket:  # closed meanwhile
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
        transport = self._writer and self._writer.transport
        await self.ensure_closed()
        # Under TLS close() waits for the server's farewell, which the loop may not live to hear.
        if transport:
            transport.abort()

    @property
    def in_transaction(self) -> bool:
        return bool(self.get_transaction_status())

    async def _run(self, statements: Sequence[bytes]) -> list[Any]:
        """The result of each, whose rows are all here; `aiomysql.Cursor` would ask for the server's notes after each.

        What is larger than the server takes would end the connection, which looks like an outage.
        """
        packet = b"; ".join(statements)
        if len(packet) >= self.max_packet:
            raise RowRefused(f"{len(packet)} bytes, and max_allowed_packet is {self.max_packet}")
        await self.query(packet)
        results: list[Any] = [self._result]
        while results[-1].has_next:
            await self.next_result()
            results.append(self._result)
        if len(results) != len(statements):  # COMMIT's answer is the last one
            raise DatabaseUnavailable(f"{len(results)} answers to {len(statements)} statements")
        return results

    def _texts(self, statement: Statement) -> list[bytes]:
        """The statement; an INSERT as several where the server takes less than all its rows in one."""
        if isinstance(statement, Query):
            return [self._filled(statement.sql, statement.values)]
        escape, opening = self.escape, insert_into(statement.table, statement.columns).encode()
        lines = [f"({', '.join([escape(value) for value in row])})".encode() for row in statement.rows]
        ending = statement.ending.encode()
        room = self.max_packet - len(opening) - len(ending)
        return [opening + b", ".join(some) + ending for some in portions(lines, room)]

    def _filled(self, sql: str, values: Mapping[str, object]) -> bytes:
        """Encoded strictly: aiomysql lets lone surrogates through."""
        return (pyformat(sql) % {name: self.escape(value) for name, value in values.items()}).encode()


def _rows(result: Any) -> list[Mapping[str, Any]]:
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.rows]
