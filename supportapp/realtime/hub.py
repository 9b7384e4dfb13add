"""The only place that emits: one encoding for each event, one copy for each socket."""

from collections.abc import Iterable
from typing import Any

from engineio import packet as engine
from socketio import packet

from supportapp.desk.audience import audience, room_of
from supportapp.realtime.packets import Packet
from supportapp.realtime.server import NAMESPACE, Server
from supportapp.store.messages import Message, iso


class Hub:
    """Emits to the sockets of this process."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def deliver(self, message: Message) -> None:
        """`mensaje_recibido` and `mensaje_enviado` of a committed message; each socket hears of it once."""
        rooms = audience(message)
        own = self._sockets([rooms.sender])
        recibido = self._sockets(rooms.recibido) - own
        payload = event_payload(message)
        self._emit("mensaje_recibido", payload, recibido)
        self._emit("mensaje_enviado", payload, self._sockets(rooms.enviado) - recibido)

    def tell(self, usuario: str, event: str, payload: dict[str, Any]) -> None:
        """`event` to all sockets of `usuario`."""
        self._emit(event, payload, self._sockets([room_of(usuario)]))

    def tell_socket(self, sid: str, event: str, payload: dict[str, Any]) -> None:
        """`event` to one socket."""
        self._emit(event, payload, self._sockets([sid]))  # every socket stands in a room of its own name

    def _sockets(self, rooms: Iterable[str]) -> set[str]:
        return {eio_sid for _, eio_sid in self._server.manager.get_participants(NAMESPACE, list(rooms))}

    def _emit(self, event: str, payload: dict[str, Any], sockets: set[str]) -> None:
        if not sockets:
            return
        encoded = Packet(packet.EVENT, data=[event, payload]).encode()
        shared = engine.Packet(engine.MESSAGE, encoded)  # keeps its encoding: made once for all
        for eio_sid in sockets:
            self._server.put(eio_sid, shared)


def event_payload(message: Message) -> dict[str, Any]:
    """What a client hears of a message; `fecha` is ISO 8601 UTC with milliseconds and Z."""
    return {
        "de": message.de_usuario,
        "mensaje": message.mensaje,
        "para": message.para_usuario,
        "id": message.id,
        "fecha": iso(message.fecha),
        "id_cliente": message.id_cliente,
    }
