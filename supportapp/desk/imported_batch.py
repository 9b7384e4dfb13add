"""What one transaction of an import does: number, summarise, and move the marks of whoever had read all."""

from dataclasses import dataclass, field
from datetime import datetime

from supportapp.desk.batch import preview
from supportapp.desk.imported_rows import Imported
from supportapp.store.conversations import Person, Summary
from supportapp.store.messages import NewMessage


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
