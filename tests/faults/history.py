"""What each client did and heard, in its own order: one line of JSON each, written before anything else happens."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LIVE = ("mensaje_recibido", "mensaje_enviado")
"""The events that show a message."""


@dataclass(frozen=True, slots=True)
class Op:
    """One line of a history. `at` is in milliseconds of the machine's clock; what is not told is None.

    what: typed (kept on the device) · sent (offered) · answered (`estado` or `error`) · failed (shown as not sent, for good)
    · heard (an `event`) · row (learned by catching up) · connected · disconnected · restarted (the epoch changed)
    · view (everything on the screen, oldest first) · mark (said by the test, not by a client).
    """

    at: float
    client: str
    what: str
    socket: str | None = None
    url: str | None = None
    event: str | None = None
    id_cliente: str | None = None
    id: int | None = None
    de: str | None = None
    para: str | None = None
    mensaje: str | None = None
    estado: str | None = None
    error: str | None = None
    provisional: bool = False
    rows: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """One page of a person. A reference client asks for no acknowledgement and never catches up."""

    name: str
    usuario: str
    admin: bool = False
    reference: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `mensajes` as it is found at the end."""

    id: int
    de_usuario: str
    para_usuario: str
    mensaje: str
    id_cliente: str
    numero: int

    @property
    def key(self) -> tuple[str, str]:
        return self.de_usuario, self.id_cliente


@dataclass(frozen=True, slots=True)
class Restore:
    """The database was replaced by an older copy: what was stored after `head` is gone, and known to be."""

    at: float
    head: int


@dataclass(slots=True)
class History:
    """All that happened: the clients, what each did and heard, and what the database holds at the end."""

    clients: Mapping[str, Client]
    ops: Sequence[Op]
    rows: Sequence[Row]
    restores: Sequence[Restore] = ()
    summaries: Mapping[str, tuple[int, int]] | None = None
    """`conversaciones`: (ultimo_id, recibidos) of each person; None where it was not read."""
    _by_client: dict[str, list[Op]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        grouped: dict[str, list[Op]] = defaultdict(list)
        for op in self.ops:
            grouped[op.client].append(op)
        self._by_client = dict(grouped)

    def of(self, client: str, *whats: str) -> Iterator[Op]:
        return (op for op in self._by_client.get(client, ()) if not whats or op.what in whats)

    def all(self, *whats: str) -> Iterator[Op]:
        return (op for op in self.ops if op.what in whats)

    def usuario(self, op: Op) -> str:
        return self.clients[op.client].usuario

    def typed(self) -> Iterator[tuple[Op, str]]:
        """What was typed and by whom."""
        return ((op, self.usuario(op)) for op in self.all("typed"))

    def excused(self, op: Op, stored_as: int | None) -> bool:
        """Stored as this id, said so, and then taken away by a restore that everybody knows of."""
        return any(
            op.at <= restore.at and stored_as is not None and stored_as > restore.head
            for restore in self.restores
        )

    def taken(self) -> set[str | None]:
        """The `id_cliente` of all that somebody knew to be stored before a restore took it away."""
        return {op.id_cliente for op in self.ops if op.id_cliente and self.excused(op, op.id)}


def read_ops(folder: Path) -> list[Op]:
    """All lines of all `*.jsonl` under `folder`; a line cut short by a kill is the last of its file and left out."""
    ops: list[Op] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(errors="replace").splitlines():
            try:
                ops.append(op_from(json.loads(line)))
            except ValueError:
                continue
    return ops


def op_from(line: Mapping[str, Any]) -> Op:
    rows = tuple(tuple(row) for row in line.get("rows", ()))
    return Op(**{**{key: value for key, value in line.items() if key in Op.__slots__}, "rows": rows})


def may_read(client: Client, de: str, para: str) -> bool:
    """Admins read everything; others what they wrote or were sent."""
    return client.admin or client.usuario in (de, para)


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` of `values` lie; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
