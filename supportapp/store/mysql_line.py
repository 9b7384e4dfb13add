"""What goes over the line to a MySQL server and comes from it, as few pieces as there may be."""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import aiomysql
from pymysql.constants import CR
from pymysql.err import OperationalError

MOST_READ = 256 * 1024
"""Bytes taken from the line at once."""


class Line(aiomysql.Connection):
    """The library's connection, which otherwise asks the stream twice a packet, dozens of times an answer."""

    _heard, _taken = b"", 0
    """What came from the line, and how much of it has been taken."""

    @property
    def unread(self) -> bool:
        return self._taken < len(self._heard)

    async def _get_server_information(self) -> None:
        await super()._get_server_information()
        if self.unread:  # it has to wait for us; under TLS this would count as said inside
            self.close()
            raise OperationalError(CR.CR_SERVER_LOST, "the server spoke out of turn")

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
        return self._heard[self._taken - num_bytes : self._taken]


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
