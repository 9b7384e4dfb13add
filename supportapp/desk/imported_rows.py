"""A message of the older system as it is here: its text, its moment, its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from supportapp.desk.sending import FORBIDDEN, fingerprint
from supportapp.store.imported import IMPORTED
from supportapp.store.legacy import OldMessage
from supportapp.visible import is_visible

MOST_BYTES = 65_535
"""Of one text in the table."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What is to be stored; `id_cliente` is made of the id there, so that it is stored once."""

    de: str
    para: str
    mensaje: str
    fecha: datetime
    id_cliente: str
    huella: str

    @property
    def key(self) -> tuple[str, str]:
        return self.de, self.id_cliente


def pieces_of(old: OldMessage, de: str, para: str, fecha: datetime) -> Iterator[Imported]:
    """One message, or several where its text is longer than the table takes; none where there is nothing to see."""
    text = readable(old.mensaje or "")
    if not is_visible(text):
        return
    for number, piece in enumerate(divided(text), 1):
        name = f"{IMPORTED}{old.id}" + (f":{number}" if number > 1 else "")
        yield Imported(de, para, piece, fecha, name, fingerprint(para, piece))


def readable(text: str) -> str:
    """`text` without what no message may have: control characters other than tab and line feed."""
    return FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def divided(text: str) -> Iterator[str]:
    """Parts of at most 65,535 bytes, no character of them cut in two."""
    while len(data := text.encode()) > MOST_BYTES:
        part = data[:MOST_BYTES].decode(errors="ignore")
        yield part
        text = text[len(part) :]
    yield text


def moment(text: str | None, zone: tzinfo) -> datetime | None:
    """A date there, on a clock in `zone`, as naive UTC; of an hour that comes twice the first. None for no date."""
    try:
        local = datetime.fromisoformat(text or "")
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
