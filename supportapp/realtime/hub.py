"""The only place that emits: one encoding for each event, one copy for each socket."""

from collections.abc import Iterable
from typing import Any

from engineio import packet as engine
from socketio import packet

from supportapp.desk import wire
from supportapp.desk.audience import audience, change_rooms, mark_rooms, room_of
from supportapp.desk.metrics import Metrics
from supportapp.errors import SupportError
from supportapp.realtime.packets import Packet
from supportapp.realtime.server import NAMESPACE, Server
from supportapp.store.changes import Change
from supportapp.store.marks import Move
from supportapp.store.messages import Message


class Hub:
    """Emits to the sockets of this process, and counts it: the desk's `Sockets`."""

    def __init__(self, server: Server, metrics: Metrics) -> None:
        self._server = server
        self._metrics = metrics

    def deliver(self, message: Message, shown: bool) -> None:
        """A committed message: `mensaje_guardado` where it was shown before it was stored, else as news."""
        if shown:
            self._emit("mensaje_guardado", wire.stored_news(message), self._everybody(message))
        else:
            self._tell_news(message, wire.news(message))
        self._metrics.delivered(message)

    def show(self, message: Message) -> None:
        """A message that is not stored yet: the same events, marked `provisional`, without a number."""
        self._tell_news(message, wire.provisional_news(message))

    def fail(self, message: Message, error: SupportError) -> None:
        """A message that was shown and can never be stored: `mensaje_fallido` to whoever saw it."""
        self._emit("mensaje_fallido", wire.failed_news(message, error), self._everybody(message))

    def tell_mark(self, move: Move, read: bool) -> None:
        """`leido` where that mark moved, and `entregado` where more than that was delivered.

        What an admin has not read yet is told to their own devices only, so that these agree.
        """
        everybody = self._sockets(mark_rooms(move))
        who = {"con": move.usuario, "lector": move.lector}
        if read:
            own = self._sockets([room_of(move.lector)])
            leido = {**who, "hasta": move.leido_hasta}
            is_counted = move.unread is not None and move.lector != move.usuario
            self._emit("leido", {**leido, "sin_leer": move.unread} if is_counted else leido, own)
            self._emit("leido", leido, everybody - own)
        if not read or move.entregado_hasta > move.leido_hasta:
            self._emit("entregado", {**who, "hasta": move.entregado_hasta}, everybody)

    def tell_change(self, change: Change) -> None:
        """`cambio` to those who may know."""
        self._emit("cambio", wire.change_news(change), self._sockets(change_rooms(change)))

    def tell_farewell(self, change: Change) -> None:
        """`cambio` to whom it is about."""
        self._emit("cambio", wire.change_news(change), self._sockets([room_of(change.clave)]))

    def tell_socket(self, sid: str, event: str, payload: dict[str, Any]) -> None:
        """`event` to one socket."""
        self._emit(event, payload, self._sockets([sid]))  # every socket stands in a room of its own name

    def _tell_news(self, message: Message, payload: dict[str, Any]) -> None:
        """`mensaje_recibido` and `mensaje_enviado`; each socket hears of a message by one of them, once."""
        rooms = audience(message)
        recibido = self._sockets(rooms.recibido) - self._sockets([rooms.sender])
        self._emit("mensaje_recibido", payload, recibido)
        self._emit("mensaje_enviado", payload, self._sockets(rooms.enviado) - recibido)

    def _everybody(self, message: Message) -> set[str]:
        rooms = audience(message)
        return self._sockets([*rooms.recibido, *rooms.enviado])

    def _sockets(self, rooms: Iterable[str]) -> set[str]:
        return {eio_sid for _, eio_sid in self._server.manager.get_participants(NAMESPACE, list(rooms))}

    def _emit(self, event: str, payload: dict[str, Any], sockets: set[str]) -> None:
        if not sockets:
            return
        encoded = Packet(packet.EVENT, data=[event, payload]).encode()
        shared = engine.Packet(engine.MESSAGE, encoded)  # keeps its encoding: made once for all
        for eio_sid in sockets:
            self._server.put(eio_sid, shared)
        self._metrics.emitted(event, len(sockets))
