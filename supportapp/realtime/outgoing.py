"""What waits for one client, counted in packets and in bytes, until it has been written."""

import asyncio
from collections.abc import Callable
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


class Outgoing(asyncio.Queue[engine.Packet | None]):
    """What waits for a client; `held` counts the bytes until they are written. None: nothing more will come."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0
        self._given: list[engine.Packet | None] = []

    @property
    def has_room(self) -> bool:
        return self.qsize() < MAX_OUTGOING and self.held < MAX_OUTGOING_BYTES

    async def take(self) -> list[engine.Packet | None]:
        """What is next for the transport, as soon as there is anything; empty at the end."""
        self.written()  # who comes back for more has written what it was given
        size = 0
        packet = await self.get()
        while packet is not None:
            self._given.append(packet)
            size += size_of(packet)
            if size >= TAKEN_BYTES or self.empty():
                return list(self._given)
            packet = self.get_nowait()
        if self._given:
            self.put_nowait(None)
        return list(self._given)

    def written(self) -> None:
        """What was given to the transport has left, or never will."""
        given, self._given = self._given, []
        self._let_go(given)

    def drop(self) -> None:
        """Whatever waits has waited for nothing."""
        self.written()
        while not self.empty():
            self._let_go([self.get_nowait()])
        self.put_nowait(None)

    def _put(self, item: engine.Packet | None) -> None:
        self.held += size_of(item)
        super()._put(item)

    def _let_go(self, packets: list[engine.Packet | None]) -> None:
        self.held -= sum(map(size_of, packets))
        settle(packets)


def size_of(packet: engine.Packet | None) -> int:
    """Bytes of a packet on the wire (in memory up to four times that), counted once for all who share it."""
    if packet is None:
        return 0
    if "size" not in packet.__dict__:
        packet.size = len(packet.data.encode()) if isinstance(packet.data, str) else 0
    return int(packet.size)


def settle(packets: list[engine.Packet | None]) -> None:
    for packet in packets:
        if isinstance(packet, Acknowledgement):
            packet.over()
