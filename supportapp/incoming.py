"""What a client sends, read so that no proxy in front can read it differently, and how long it may take for it."""

from collections.abc import Callable

import h11

HEAD_SECONDS = 10.0
"""From the connect, or from the first byte of a later request, to the end of its head."""
BODY_SECONDS = 15.0
"""From the end of the head to the end of the body."""
VERSIONS = (b"1.0", b"1.1")


class Incoming(h11.Connection):
    """One connection's requests; `moved` is called whenever `patience` may have changed."""

    def __init__(self, head_bytes: int) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=head_bytes)
        self.moved: Callable[[], None] = lambda: None
        self._unheard = True
        self._left = False

    @property
    def patience(self) -> float | None:
        """Seconds for what the client has to finish now; None when it has nothing to finish."""
        if self._left:
            return None
        if self.their_state is h11.SEND_BODY:
            return BODY_SECONDS
        begun = self._unheard or self.trailing_data[0]
        return HEAD_SECONDS if self.their_state is h11.IDLE and begun else None

    def leave(self) -> None:
        """From now on this is a WebSocket, whose bytes go elsewhere."""
        self._left = True
        self.moved()

    def receive_data(self, data: bytes) -> None:
        super().receive_data(data)
        self.moved()

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """As h11's; raises `RemoteProtocolError` also for requests of which others might see another end."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._unheard = False
            refuse_ambiguous(event)
        self.moved()
        return event

    def start_next_cycle(self) -> None:
        super().start_next_cycle()
        self.moved()


def refuse_ambiguous(request: h11.Request) -> None:
    """Two lengths, or a coding that HTTP/1.0 does not know: what follows may be another request to a proxy in front."""
    if request.http_version not in VERSIONS:  # HTTP/2 without asking, too
        raise h11.RemoteProtocolError("unknown version", error_status_hint=505)
    names = {name for name, _ in request.headers}
    if b"transfer-encoding" in names and (b"content-length" in names or request.http_version != b"1.1"):
        raise h11.RemoteProtocolError("the length is ambiguous", error_status_hint=400)
