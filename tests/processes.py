"""The program as an operator runs it: a real process, its output and its exit status."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a-secret-for-tests-0123456789-abcdefghijklmnop"
# What a process needs of this machine: where programs, libraries and packages are, nothing about the chat.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
)


def environment(**settings: object) -> dict[str, str]:
    """An environment with these settings and no others."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | {name: str(value) for name, value in settings.items()}


def sqlite_settings(folder: Path, **more: object) -> dict[str, str]:
    """Settings of a chat that lives in `folder`."""
    base = {"DATABASE_URL": f"sqlite:///{folder}/soporte.db", "INSTANCE_DIR": folder, "JWT_SECRET": SECRET}
    base |= {"USERS_MAY_WRITE_TO": "anyone", "READ_LIMIT": "10000/second"}
    base |= {"HOST": "127.0.0.1", "PORT": more.get("PORT", free_port())}
    if more.get("ENVIRONMENT") == "production":
        base["PUBLIC_URL"] = f"http://127.0.0.1:{base['PORT']}"
    return environment(**{**base, **more})


def supportapp(*arguments: str, env: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m supportapp …`, run to its end."""
    command = [sys.executable, "-m", "supportapp", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=env, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Running:
    """A process that serves; leave the block and it is stopped. Its output goes to a file: a full pipe would stop it."""

    def __init__(self, command: list[str], port: int, env: dict[str, str]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed at the end of the block)
        self.process = self.launch(command, env)

    def launch(self, command: list[str], env: dict[str, str]) -> Any:
        """The process, as `subprocess.Popen` shows one."""
        return subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )

    @property
    def output(self) -> str:
        """Everything it has written so far."""
        self.log.seek(0)
        return self.log.read()

    def wait_until_it_answers(self, path: str = "/healthz", timeout: float = 20.0) -> Self:
        self.wait_until(self.answers, path, timeout=timeout)
        return self

    def wait_until_it_says(self, text: str, timeout: float = 20.0) -> None:
        self.wait_until(lambda: text in self.output, timeout=timeout)

    def wait_until(self, there: Callable[..., bool], *args: str, timeout: float) -> None:
        end = time.monotonic() + timeout
        while not there(*args):
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"not in time, status {self.process.poll()}: {self.output}")
            time.sleep(0.02)

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=2):
                return True
        except OSError:
            return False

    def stop(self, number: int = signal.SIGTERM, timeout: float = 20.0) -> float:
        """Send the signal; the seconds until the process was gone."""
        begun = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout)
        return time.monotonic() - begun

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


def serve(env: dict[str, str]) -> Running:
    return Running([sys.executable, "-m", "supportapp", "serve"], int(env["PORT"]), env)
