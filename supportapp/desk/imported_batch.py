"""What one transaction of an import does: number, summarise, and move the marks of whoever had read all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from supportapp.desk.batch import Batch
from supportapp.desk.imported_rows import Imported
from supportapp.store.conversations import Person, Summary
from supportapp.store.imported import Before
from supportapp.store.marks import Mark
from supportapp.store.messages import NewMessage


@dataclass(slots=True)
class ImportBatch(Batch):
    """`since`: whoever wrote to the desk before it waits no longer; `live`: when a conversation here was last moved
    before the import came to it: what is older neither begins a wait nor ends one."""

    since: datetime = datetime.max
    live: dict[str, datetime] = field(default_factory=dict)

    def add(self, one: Imported) -> None:
        sender, recipient = self.people[one.de], self.people[one.para]
        numero = self.numbers.get(one.de, sender.numero) + 1
        self.numbers[one.de] = numero
        row = NewMessage(
            id=self.head + len(self.rows) + 1,
            de_usuario=one.de,
            para_usuario=one.para,
            mensaje=one.mensaje,
            fecha=one.fecha,
            de_admin=sender.rol == "admin",
            numero=numero,
            id_cliente=one.id_cliente,
            huella=one.huella,
        )
        self.rows.append(row)
        was = self.waits(sender), self.waits(recipient)
        self.summarise(row, sender, recipient)
        for person, before in zip((sender, recipient), was, strict=True):
            self.set_right(person, before, row)

    def waits(self, person: Person) -> datetime | None:
        summary = self.summary(person)
        if person.usuario not in self.live:
            self.live[person.usuario] = summary.ultima_fecha if summary else datetime.min
        return summary.esperando_desde if summary else None

    def set_right(self, person: Person, before: datetime | None, row: NewMessage) -> None:
        """Since when this person waits: by the moments of messages, not by the order in which they come here."""
        summary = self.conversations.get(person.usuario)
        if summary is None:
            return
        after = summary.esperando_desde
        too_old = row.fecha < self.since or row.fecha <= self.live[person.usuario]
        if (after is None and before and row.fecha < before) or (before is None and after and too_old):
            after = before
        self.conversations[person.usuario] = replace(summary, esperando_desde=after)


@dataclass(frozen=True, slots=True)
class Addition:
    """What of one batch is written."""

    rows: Sequence[NewMessage]
    summaries: Iterable[Summary]
    marks: Sequence[Mark]


def decide(
    before: Before, messages: Sequence[Imported], since: datetime, live: dict[str, datetime]
) -> Addition:
    """`live` is kept from batch to batch."""
    now = datetime.max
    batch = ImportBatch(before.head, before.people, {}, set(), "anyone", now, since=since, live=live)
    for one in messages:
        batch.add(one)
    return Addition(batch.rows, batch.summaries, list(marks_after(before, batch.rows)))


def marks_after(before: Before, rows: Sequence[NewMessage]) -> Iterable[Mark]:
    """Whoever had read all of a conversation has read what is imported into it, and so has whoever received it."""
    sent: Mapping[str, NewMessage] = {row.de_usuario: row for row in rows if not row.de_admin}
    got: Mapping[str, NewMessage] = {row.para_usuario: row for row in rows}
    for usuario, last in sent.items():
        person = before.people[usuario]
        count = person.conversation.recibidos if person.conversation else 0
        for lector in before.admins:
            mark = before.marks.get((lector, usuario))
            if (mark.recibidos_leidos if mark else 0) >= count:
                yield Mark(lector, usuario, last.id, last.id, last.numero)
    for usuario, last in got.items():
        own = before.marks.get((usuario, usuario))
        if (
            before.people[usuario].rol != "admin"
            and (own.leido_hasta if own else 0) >= before.received[usuario]
        ):
            yield Mark(usuario, usuario, last.id, last.id, 0)
