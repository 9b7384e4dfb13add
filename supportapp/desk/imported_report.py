"""What an import found and did, with a note of everything that is strange of messages there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from supportapp.desk.imported_people import Plan
from supportapp.desk.imported_rows import Imported, moment, pieces_of, readable
from supportapp.desk.moment import utc_now
from supportapp.store.legacy import OldMessage

NAMED = 5


@dataclass(slots=True)
class Report:
    """What was done. `odd`: by what is strange of messages, how many and the first of their ids there."""

    plan: Plan
    people: int
    total: int
    seen: int = 0
    stored: int = 0
    there: int = 0
    first: datetime | None = None
    last: datetime | None = None
    longest: float = 0.0
    """Seconds of the longest transaction: nobody else stored a message meanwhile."""
    odd: dict[str, tuple[int, list[int]]] = field(default_factory=dict)

    def note(self, what: str, number: int) -> None:
        count, ids = self.odd.get(what, (0, []))
        self.odd[what] = count + 1, [*ids, number] if len(ids) < NAMED else ids


def rows_of(report: Report, old: OldMessage, zone: tzinfo, latest: datetime) -> Iterator[Imported]:
    """What is to be stored of one message there, with a note of everything that is strange of it."""
    where = report.plan.where
    de, para = where.get(old.de or ""), where.get(old.para or "")
    if de is None or para is None:
        report.note("without a sender or a recipient, left out", old.id)
        return
    found = list(pieces_of(old, de, para, when(report, old, zone, latest)))
    if not found:
        report.note("empty, left out", old.id)
    elif len(found) > 1:
        report.note("longer than 65,535 bytes, stored in parts", old.id)
    text = old.mensaje or ""
    if found and len(readable(text)) != len(text.replace("\r\n", "\n")):
        report.note("with control characters, which were left out", old.id)
    yield from found


def when(report: Report, old: OldMessage, zone: tzinfo, latest: datetime) -> datetime:
    """Its moment; without one of its own that of the message before."""
    said = moment(old.cuando, zone)
    if said is None or old.cuando != old.fecha:
        report.note("without a date, or dated in the future: placed after the one before", old.id)
    fecha = min(said or report.last or utc_now(), latest)
    report.first, report.last = report.first or fecha, fecha
    return fecha
