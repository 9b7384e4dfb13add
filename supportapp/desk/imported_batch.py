"""What one transaction of an import does: number, summarise, and move the marks of whoever had read all."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from supportapp.desk.batch import preview
from supportapp.desk.imported_rows import Imported
from supportapp.store.conversations import Person, Summary
from supportapp.store.imported_writing import Before
from supportapp.store.marks import Mark
from supportapp.store.messages import NewMessage

MOST = 50_000
"""People who are remembered: some 40 MB."""


@dataclass(slots=True)
class ImportBatch:
    """As `desk.batch`, of messages from another time. `since`: whoever wrote to the desk before it waits no longer;
    `live`: when a conversation here was last moved before the import came to it: what is older begins no wait."""

    head: int
    people: dict[str, Person]
    since: datetime
    live: dict[str, datetime]
    rows: list[NewMessage] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    conversations: dict[str, Summary] = field(default_factory=dict)

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
        shown = preview(one.mensaje)
        if not row.de_admin:
            was = self.summary(sender)
            to_desk = recipient.rol == "admin"
            waiting = was.esperando_desde if was else None
            if to_desk and waiting is None and self.is_open(sender, was, row.fecha):
                waiting = row.fecha
            self.move(sender, row, shown, numero, waiting, to_desk or bool(was and was.con_mesa))
        if recipient.rol == "admin":
            return
        theirs = self.summary(recipient)
        if theirs or row.de_admin:
            waiting = theirs.esperando_desde if theirs else None
            if row.de_admin and waiting and waiting <= row.fecha:
                waiting = None
            con_mesa = row.de_admin or bool(theirs and theirs.con_mesa)
            self.move(recipient, row, shown, theirs.recibidos if theirs else 0, waiting, con_mesa)

    def is_open(self, sender: Person, was: Summary | None, fecha: datetime) -> bool:
        """Whether a question of that moment is one that still waits, going by the moments of messages and not by their order."""
        last = self.live.setdefault(sender.usuario, was.ultima_fecha if was else datetime.min)
        return fecha >= self.since and fecha >= last

    def summary(self, person: Person) -> Summary | None:
        return self.conversations.get(person.usuario, person.conversation)

    def move(
        self,
        person: Person,
        row: NewMessage,
        shown: str,
        recibidos: int,
        waiting: datetime | None,
        con_mesa: bool,
    ) -> None:
        self.conversations[person.usuario] = Summary(
            usuario=person.usuario,
            ultimo_id=row.id,
            ultimo_de=row.de_usuario,
            vista_previa=shown,
            ultima_fecha=row.fecha,
            recibidos=recibidos,
            esperando_desde=waiting,
            con_mesa=con_mesa,
        )


@dataclass(frozen=True, slots=True)
class Addition:
    """What of one batch is written, and how those who are in it are afterwards."""

    admins: list[str]
    rows: Sequence[NewMessage]
    summaries: Iterable[Summary]
    marks: Sequence[Mark]
    read: Collection[str]
    after: dict[str, Person]
    forgotten: set[str]


class Unknown(Exception):  # noqa: N818
    """Others wrote to or as these `names` meanwhile, which have to be asked for; None: nothing holds any more."""

    def __init__(self, names: set[str] | None) -> None:
        super().__init__(names)
        self.names = names


@dataclass(slots=True)
class Memory:
    """What the last transactions left, so that the next need not ask: people whose conversations all have read.

    It holds while nobody else writes to or as them, which the next transaction sees, and the admins are the same.
    """

    head: int | None = None
    admins: list[str] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    def unknown(self, messages: Sequence[Imported]) -> set[str]:
        return {name for one in messages for name in (one.de, one.para)} - self.people.keys()

    def keep(self, added: Addition) -> None:
        """It is committed."""
        self.forget(added.forgotten)
        self.people |= added.after
        self.head, self.admins = added.rows[-1].id, added.admins
        if len(self.people) > MOST:
            self.forget(None)

    def forget(self, names: set[str] | None) -> None:
        """These, or everything."""
        if names is None:
            self.head, self.people = None, {}
        for name in names or ():
            self.people.pop(name, None)


def decide(
    before: Before, memory: Memory, messages: Sequence[Imported], since: datetime, live: dict[str, datetime]
) -> Addition:
    """Raises `Unknown` where what is remembered no longer holds; `live` is kept from batch to batch."""
    names = {name for one in messages for name in (one.de, one.para)}
    remembered = names - before.people.keys()
    if remembered and (memory.admins != before.admins or before.others is None):
        raise Unknown(None)
    if stale := remembered & (before.others or set()):
        raise Unknown(stale)
    people = before.people | {name: memory.people[name] for name in remembered}
    batch = ImportBatch(before.head, people, since, live)
    for one in messages:
        batch.add(one)
    later = {name: after(person, batch) for name, person in people.items()}
    found = {name: marks_of(name, before, later[name], batch.rows[-1].id) for name in before.people}
    whole = {name for name, (_, is_whole) in found.items() if is_whole}
    known = {name: one for name, one in later.items() if name in whole or name in remembered}
    marks = [mark for some, _ in found.values() for mark in some]
    read = {name for name in remembered if people[name].rol != "admin"}
    others = memory.people.keys() if before.others is None else before.others
    return Addition(
        before.admins,
        batch.rows,
        batch.conversations.values(),
        marks,
        read,
        known,
        set(others) - known.keys(),
    )


def after(person: Person, batch: ImportBatch) -> Person:
    numero = batch.numbers.get(person.usuario, person.numero)
    return replace(person, numero=numero, conversation=batch.summary(person))


def marks_of(name: str, before: Before, later: Person, head: int) -> tuple[list[Mark], bool]:
    """The marks that move to the end: of whoever had read all before; and whether that is everybody.

    Where somebody has not, their mark stays, and with it what is imported is unread for them.
    """
    if later.rol == "admin":
        return [], True
    was = before.people[name].conversation
    count = was.recibidos if was else 0
    own = before.marks.get((name, name))
    moved, whole = [], later.conversation is not None and later.conversation.recibidos == later.numero
    if (own.leido_hasta if own else 0) >= before.received[name]:
        moved.append(Mark(name, name, head, head, 0))
    for lector in before.admins if later.conversation else ():
        mark = before.marks.get((lector, name))
        if (mark.recibidos_leidos if mark else 0) >= count:
            moved.append(Mark(lector, name, head, head, later.numero))
    return moved, whole and len(moved) == len(before.admins) + 1
