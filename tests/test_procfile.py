"""What a Heroku-style platform runs: `release` migrates, `web` serves `$PORT`, and a message goes through it."""

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from supportapp.store.migrations import is_current
from tests.clients.people import token
from tests.processes import ROOT, SECRET, Running, environment, free_port
from tests.raw_sockets import open_websocket, read_frame, text_frame
from tests.services.mariadb import MariaDB

SCHEMA = "procfile"


@pytest.fixture
def env(mariadb: MariaDB, tmp_path: Path) -> dict[str, str]:
    """The environment of a dyno: the add-on's variable instead of ours, arguments that only others understand."""
    mariadb.execute(f"CREATE OR REPLACE DATABASE {SCHEMA}")
    settings = {
        "JAWSDB_MARIA_URL": mariadb.url(SCHEMA, reconnect="true"),
        "JWT_SECRET": SECRET,
        "ENVIRONMENT": "production",
        "DYNO": "web.1",
        "PORT": free_port(),
        "HOST": "127.0.0.1",
        "INSTANCE_DIR": tmp_path,
    }
    settings["PUBLIC_URL"] = f"http://127.0.0.1:{settings['PORT']}"
    env = environment(**settings)
    return env | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"}


def honcho(process: str, env: dict[str, str]) -> Running:
    """One process of the Procfile; the platform's `python` is the one of this test."""
    return Running([sys.executable, "-m", "honcho", "start", "--no-prefix", process], int(env["PORT"]), env)


def test_release_then_web_and_a_message_is_acknowledged(env: dict[str, str], mariadb: MariaDB) -> None:
    with honcho("release", env) as release:
        assert release.process.wait(60) == 0, release.output
        assert "migrations applied" in release.output
    assert is_current(mariadb.url(SCHEMA))
    mariadb.execute(
        "INSERT INTO usuarios (usuario, clave, nombre, rol, activo, creado) VALUES ('ana', 'ana', 'Ana', 'user', 1, NOW())",
        database=SCHEMA,
    )
    with honcho("web", env) as web:
        web.wait_until_it_answers("/readyz")
        assert say_hello(web.port) == [{"ok": True, "estado": "guardado", "id": 1}]
        assert stop(web) <= 4.0
        assert "web.1 stopped (rc=0)" in web.output
        assert "Traceback" not in web.output
    rows = mariadb.execute("SELECT id, de_usuario, para_usuario, mensaje FROM mensajes", database=SCHEMA)
    assert rows == [{"id": 1, "de_usuario": "ana", "para_usuario": "admin", "mensaje": "hola 👋"}]


def stop(web: Running) -> float:
    """Tell the process itself, as a platform does, and only it; the seconds until it and honcho are gone.

    Honcho's own handler prints: where a line is just being printed, it fails, and what it started runs on.
    """
    begun = time.monotonic()
    (pid,) = re.findall(r"web\.1 started \(pid=(\d+)\)", web.output)
    os.kill(int(pid), signal.SIGTERM)
    web.process.wait(20)
    return time.monotonic() - begun


def say_hello(port: int) -> list[dict[str, object]]:
    """Send one message as Ana over a bare WebSocket; the acknowledgement without what changes."""
    cookie = f"token={token(SECRET, 'ana', iat=time.time())}"
    client, head = open_websocket(port, Cookie=cookie)
    with client:
        assert head.startswith("HTTP/1.1 101"), head
        client.sendall(text_frame("40"))
        client.sendall(text_frame('420["mensaje_privado",{"para":"admin","mensaje":"hola \\ud83d\\udc4b"}]'))
        while not (packet := read_frame(client)[1]).startswith(b"430"):
            assert packet[:1] in b"04", packet
    return [{key: ack[key] for key in ("ok", "estado", "id")} for ack in json.loads(packet[3:])]


def test_web_refuses_to_start_before_release(env: dict[str, str]) -> None:
    with honcho("web", env) as web:
        assert web.process.wait(30) == 1
        assert "python -m supportapp migrate" in web.output


def test_the_platform_s_files_agree() -> None:
    app = json.loads((ROOT / "app.json").read_text())
    assert app["env"]["ENVIRONMENT"]["value"] == "production"
    assert app["env"]["JWT_SECRET"]["generator"] == "secret"
    assert (ROOT / ".python-version").read_text().strip() in {"3.11", "3.12", "3.13"}
    assert os.access(ROOT / "bin" / "post_compile", os.X_OK)
    assert (ROOT / "Procfile").read_text().count(
        " exec python -m supportapp "
    ) == 2  # signals reach it, not its shell
    assert not (ROOT / "package.json").exists()  # the platform would take this for a Node program
    locks = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock"}
    assert not [name for name in locks if (ROOT / name).exists()]  # one lock, or its build fails
