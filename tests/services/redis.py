"""A private Redis without persistence."""

import socket
from pathlib import Path

from tests.services.process import Service, require


class Redis(Service):
    """Listens on 127.0.0.1 only."""

    name = "redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = require("redis-server", "valkey-server")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        return [self._program, *arguments, "--dir", str(self.folder)]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
