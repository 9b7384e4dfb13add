"""Which of the processes behind one port each socket was on: only their log says it."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.faults.history import Client, Op

WITHIN_MS = 2000.0
"""From being let in to knowing of it; whoever came twice in it may be on either."""

Entries = Mapping[str, Sequence[tuple[float, int]]]


def located(ops: Iterable[Op], clients: Mapping[str, Client], logs: Mapping[str, Path]) -> list[Op]:
    """`ops` whose `url` tells processes apart; where that cannot be known, it is the socket's own."""
    entries = {url: entries_in(log) for url, log in logs.items()}
    places: dict[str | None, str] = {}
    found = []
    for op in ops:
        if op.what == "connected" and op.url:
            usuario = clients[op.client].usuario
            came = [number for at, number in between(entries[op.url].get(usuario, ()), op.at)]
            places[op.socket] = f"{op.url} {came[0] if len(set(came)) == 1 else op.socket}"
        found.append(replace(op, url=places.get(op.socket, op.url)) if op.url else op)
    return found


def entries_in(log: Path) -> Entries:
    """When each person was let in and by which process, in order."""
    found = defaultdict(list)
    for line in log.read_text(errors="replace").splitlines():
        # The last words of a killed one may be half a line.
        if '"event": "connected"' in line and line.endswith("}"):
            said = json.loads(line)
            at = datetime.fromisoformat(said["timestamp"]).timestamp() * 1000
            found[said["usuario"]].append((at, said["process"]))
    return {usuario: sorted(entries) for usuario, entries in found.items()}


def between(entries: Sequence[tuple[float, int]], at: float) -> Sequence[tuple[float, int]]:
    return entries[bisect_left(entries, (at - WITHIN_MS, 0)) : bisect_left(entries, (at + 1, 0))]
