"""What one transaction of an import leaves for the next, and whose marks move with it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from supportapp.desk.imported_batch import ImportBatch
from supportapp.desk.imported_rows import Imported
from supportapp.store.conversations import Person, Summary
from supportapp.store.imported_writing import Before
from supportapp.store.marks import Mark
from supportapp.store.messages import NewMessage

MOST = 50_000
"""People who are remembered: some 40 MB."""


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
