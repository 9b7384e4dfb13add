"""The listening socket."""

import socket

from supportapp.errors import StartError

USER_TIMEOUT_MS = 30_000  # a client that stops reading is gone after this time
BACKLOG = 2048  # everybody comes back at once after a restart


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket whose connections die when the other side stops reading; raises `StartError`."""
    try:
        return listening(host, port)
    except OSError as error:
        raise StartError(f"Cannot listen on {host} port {port}: {reason(error)}.") from None


def listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        listener.bind(address)
        listener.listen(BACKLOG)  # now, not after the start: a port in use is seen before anything is touched
    except OSError:
        listener.close()
        raise
    return listener


def reason(error: OSError) -> str:
    text = (error.strerror or str(error)).lower()
    return f"{text}; stop the other program or choose another PORT" if "in use" in text else text
