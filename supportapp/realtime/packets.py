"""The Socket.IO packets that are understood: text, and the three types that clients send."""

import json
from typing import Any

import orjson
from socketio import packet

CONNECT, EVENT = packet.CONNECT, packet.EVENT
CLIENT_TYPES = ("0", "1", "2")
"""CONNECT, DISCONNECT and EVENT: nobody is asked for an acknowledgement, and binary is not spoken."""


class Json:
    """orjson; what it refuses (halves of a surrogate pair, NaN) is read all the same, to be answered with a reason."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str) -> Any:
        try:
            return orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            pass
        try:
            return json.loads(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class Packet(packet.Packet):  # type: ignore[misc]  # untyped library
    """A packet that refuses on decoding what no client of ours sends; raises ValueError."""

    uses_binary_events = False
    json = Json

    def decode(self, encoded_packet: Any) -> int:
        if not isinstance(encoded_packet, str) or encoded_packet[:1] not in CLIENT_TYPES:
            raise ValueError("packet type")
        attachments: int = super().decode(encoded_packet)
        if attachments:
            raise ValueError("attachments")
        if self.packet_type == EVENT:
            check_event(self.data)
        elif self.packet_type == CONNECT and not isinstance(self.data, dict | None):
            raise ValueError("connect")
        return attachments


def check_event(data: Any) -> None:
    if not (isinstance(data, list) and data and isinstance(data[0], str)):
        raise ValueError("event")
