"""What may become of a message that was offered."""

from dataclasses import dataclass
from datetime import datetime

from supportapp.errors import SupportError


@dataclass(frozen=True, slots=True)
class Saved:
    """A message that is committed; `fecha` is naive UTC."""

    id: int
    fecha: datetime
    id_cliente: str
    huella: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A message that is on this machine's disk only: not a confirmation, its sender goes on offering it."""

    id_cliente: str


Outcome = Saved | Pending | SupportError
