"""What waits for one client, counted in packets and in bytes, until it has been written."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from engineio import packet as engine

MAX_OUTGOING = 1000
"""Packets waiting for a client that does not read; beyond it the client is cut and catches up later."""
MAX_OUTGOING_BYTES = 1024 * 1024
"""Beyond it nothing more may wait; what is shared by many counts for each."""
TAKEN_BYTES = 64 * 1024
"""What is given to the transport at once; or a single packet, if that is larger."""


def nobody_waits() -> None:
    """For answers whose way nobody follows."""


class Answer(Protocol):
    """Acknowledges an event; `over` is called once the answer has been written, or can never be."""

    def __call__(self, value: Any, over: Callable[[], object] = nobody_waits) -> None: ...


class Acknowledgement(engine.Packet):  # type: ignore[misc]  # untyped library
    """A message whose sender waits until it has been written, or can never be: `over` is called then, once."""

    def __init__(self, text: str, over: Callable[[], object]) -> None:
        super().__init__(engine.MESSAGE, text)
        self.over = over


class Outgoing:
    """What waits for a client; `held` counts the bytes until they are written, `over`: nothing more will come.

    `stirred` is called whenever there is something to do for whoever writes without being asked.
    """

    def __init__(self) -> None:
        self.held = 0
        self.over = False
        self.stirred: Callable[[], None] = nobody_waits
        self._waiting: deque[engine.Packet] = deque()
        self._given: list[engine.Packet] = []
        self._asking: asyncio.Future[None] | None = None

    @property
    def has_room(self) -> bool:
        return len(self._waiting) < MAX_OUTGOING and self.held < MAX_OUTGOING_BYTES

    def put(self, packet: engine.Packet) -> None:
        self.held += size_of(packet)
        self._waiting.append(packet)
        self._stir()

    def end(self) -> None:
        """Nothing more will come."""
        self.over = True
        self._stir()

    def next(self) -> list[engine.Packet]:
        """What is next for the transport; who comes for more has written what it was given."""
        self.written()
        size = 0
        while self._waiting and size < TAKEN_BYTES:
            packet = self._waiting.popleft()
            self._given.append(packet)
            size += size_of(packet)
        return list(self._given)

    async def take(self) -> list[engine.Packet]:
        """`next`, as soon as there is anything; empty at the end."""
        while not (self._waiting or self.over):
            self._asking = asyncio.get_running_loop().create_future()
            await self._asking
        return self.next()

    def written(self) -> None:
        """What was given to the transport has left, or never will."""
        given, self._given = self._given, []
        self._let_go(given)

    def drop(self) -> None:
        """Whatever waits has waited for nothing."""
        self.written()
        waiting, self._waiting = self._waiting, deque()
        self._let_go(waiting)
        self.end()

    def _let_go(self, packets: Iterable[engine.Packet]) -> None:
        self.held -= sum(map(size_of, packets))
        settle(packets)

    def _stir(self) -> None:
        if self._asking and not self._asking.done():
            self._asking.set_result(None)
        self.stirred()


def frame_of(packet: engine.Packet) -> bytes:
    """`packet` as a WebSocket frame. A server's are not masked, so it is made once for all who hear it."""
    if "frame" not in packet.__dict__:
        data = packet.encode().encode()
        size = len(data)
        if size < 126:
            head = bytes((0x81, size))
        else:
            head = b"\x81\x7e" + size.to_bytes(2) if size < 65536 else b"\x81\x7f" + size.to_bytes(8)
        packet.frame = head + data
    return packet.frame  # type: ignore[no-any-return]  # untyped library


def size_of(packet: engine.Packet) -> int:
    """Bytes of a packet on the wire (in memory up to four times that), counted once for all who share it."""
    return len(frame_of(packet))


def settle(packets: Iterable[engine.Packet]) -> None:
    for packet in packets:
        if isinstance(packet, Acknowledgement):
            packet.over()
