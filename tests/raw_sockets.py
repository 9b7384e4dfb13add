"""WebSockets without a library: a client that only says what a test wants said, and reads only when asked."""

import base64
import os
import socket
import struct


def open_websocket(
    port: int, path: str = "/socket.io/?EIO=4&transport=websocket", **headers: str
) -> tuple[socket.socket, str]:
    """A socket after its handshake, and the head of the answer."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(1)  # one by one: the first frame may follow at once
        if not part:
            break
        head += part
    return connection, head.decode("latin1")


def text_frame(text: str, *, opcode: int = 0x81) -> bytes:
    """`text` as a masked frame (with a mask of zeros); 0x01 begins and 0x00 goes on with a longer message."""
    data = text.encode()
    if len(data) < 126:
        size = bytes([0x80 | len(data)])
    elif len(data) < 65536:
        size = bytes([0x80 | 126]) + struct.pack("!H", len(data))
    else:
        size = bytes([0x80 | 127]) + struct.pack("!Q", len(data))
    return bytes([opcode]) + size + b"\0\0\0\0" + data


def read_frame(connection: socket.socket) -> tuple[int, bytes]:
    """Opcode and payload of the next frame."""
    first, size = exactly(connection, 2)
    if size == 126:
        (size,) = struct.unpack("!H", exactly(connection, 2))
    elif size == 127:
        (size,) = struct.unpack("!Q", exactly(connection, 8))
    return first & 0x0F, exactly(connection, size)


def exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def http(port: int, request: str) -> tuple[socket.socket, str]:
    """Send `request` as it stands; the socket, and what came within a moment."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=1)
    connection.sendall(request.replace("\n", "\r\n").encode())
    try:
        return connection, connection.recv(65536).decode("latin1")
    except TimeoutError:
        return connection, ""
