"""What goes over the line to a MySQL server and comes from it, as few pieces as there may be."""

# mypy: disable-error-code="no-untyped-call"

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiomysql
from aiomysql.connection import MySQLResult
from pymysql.constants import CR
from pymysql.err import OperationalError
from pymysql.protocol import MysqlPacket

MOST_READ = 256 * 1024
"""Bytes taken from the line at once."""
LAYOUTS = 24
"""Of so many answers it is known what their columns are."""
LARGEST_PACKET, ERROR = 0xFFFFFF, 0xFF


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of an answer: how the server told them, and what the library made of that."""

    raw: bytes
    converters: list[Any]
    description: tuple[Any, ...]


class Line(aiomysql.Connection):
    """The library's connection, which otherwise asks the stream twice a packet, dozens of times an answer."""

    _heard, _taken = b"", 0
    """What came from the line, and how much of it has been taken."""
    _told: bytes | None = None
    """What has been taken since the columns of an unknown answer began."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._layouts: deque[Layout] = deque(maxlen=LAYOUTS)

    @property
    def unread(self) -> bool:
        return self._taken < len(self._heard)

    async def _get_server_information(self) -> None:
        await super()._get_server_information()
        if self.unread:  # it has to wait for us; under TLS this would count as said inside
            self.close()
            raise OperationalError(CR.CR_SERVER_LOST, "the server spoke out of turn")

    async def columns(self, result: "Result") -> None:
        """What `result` consists of. The server tells it with every answer: the same bytes need no second reading."""
        for layout in self._layouts:
            if self._heard.startswith(layout.raw, self._taken):
                self._taken += len(layout.raw)
                packets = result.field_count + 1  # and one that ends them
                self._next_seq_id = (self._next_seq_id + packets) % 256
                result.converters, result.description = layout.converters, layout.description
                return
        self._told = b""
        try:
            await result.read_columns()
            self._layouts.append(Layout(self._told, result.converters, result.description))
        finally:
            self._told = None

    async def _read_query_result(self, unbuffered: bool = False) -> None:
        self._result = None
        result: Any = Result(self)
        await result.read()
        self._result, self._affected_rows = result, result.affected_rows
        if result.server_status is not None:
            self.server_status = result.server_status

    async def _read_packet(self, packet_type: Any = MysqlPacket) -> Any:
        """One that is here as a whole is taken at once; whatever is out of the ordinary is the library's."""
        heard, start = self._heard, self._taken + 4
        if self._told is None and len(heard) > start and heard[start - 1] == self._next_seq_id:
            size = int.from_bytes(heard[start - 4 : start - 1], "little")
            if start + size <= len(heard) and 0 < size < LARGEST_PACKET and heard[start] != ERROR:
                self._taken = start + size
                self._next_seq_id = (self._next_seq_id + 1) % 256
                return packet_type(heard[start : self._taken], self._encoding)
        return await super()._read_packet(packet_type)

    async def _read_bytes(self, num_bytes: int) -> bytes:
        reader: Any = self._reader
        while len(self._heard) - self._taken < num_bytes:
            more = b""
            with suppress(OSError):
                more = await reader.read(MOST_READ)
            if not more:
                await super()._read_bytes(num_bytes)  # closes, and raises that the line is lost
            self._heard, self._taken = self._heard[self._taken :] + more, 0
        self._taken += num_bytes
        taken = self._heard[self._taken - num_bytes : self._taken]
        if self._told is not None:
            self._told += taken
        return taken


class Result(MySQLResult):
    """One answer of the server."""

    description: Any

    async def _get_descriptions(self) -> None:
        await self.connection.columns(self)

    async def read_columns(self) -> None:
        """As the library does it, packet by packet."""
        await super()._get_descriptions()


def portions(pieces: Sequence[bytes], size: int) -> Iterator[list[bytes]]:
    """`pieces` in their order, as many at once as are `size` bytes together with what joins them, at least one."""
    some: list[bytes] = []
    room = size
    for piece in pieces:
        needed = len(piece) + 2
        if some and needed > room:
            yield some
            some, room = [], size
        some.append(piece)
        room -= needed
    if some:
        yield some
