"""The log of several processes behind one port says which of them a socket was on, or that nobody knows."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.history import Client, Op
from tests.faults.siblings import located

URL = "http://127.0.0.1:1"
CLIENTS = {"ana-1": Client("ana-1", "ana"), "luis-1": Client("luis-1", "luis")}


def entry(usuario: str, process: int, at: float) -> str:
    timestamp = datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"usuario": usuario, "event": "connected", "timestamp": timestamp, "process": process})


def test_sockets_are_told_apart(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lines = [
        entry("ana", 1, 10_000),
        entry("luis", 2, 10_000),
        entry("ana", 2, 20_000),
        entry("ana", 1, 20_001),
    ]
    log.write_text("\n".join([*lines, entry("luis", 1, 30_000)[:-9]]))
    ops = [
        Op(10_005, "ana-1", "connected", "a", URL),
        Op(10_005, "luis-1", "connected", "b", URL),
        Op(11_000, "ana-1", "sent", "a", URL),
        Op(11_000, "ana-1", "typed"),
        Op(20_005, "ana-1", "connected", "c", URL),
        Op(30_005, "luis-1", "connected", "d", URL),
    ]
    places = [op.url for op in located(ops, CLIENTS, {URL: log})]
    assert places == [f"{URL} 1", f"{URL} 2", f"{URL} 1", None, f"{URL} c", f"{URL} d"]
