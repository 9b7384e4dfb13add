"""What one transaction of the writer does: refuse, recognise repeats, number, insert, summarise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from supportapp.desk.outcomes import Saved
from supportapp.desk.sending import Draft
from supportapp.desk.viewer import ROBOT_USER, Viewer, is_before, may_write
from supportapp.errors import SupportError
from supportapp.store.conversations import Person, Summary
from supportapp.store.database import Database
from supportapp.store.messages import Message, NewMessage
from supportapp.store.writing import Known, write_messages
from supportapp.visible import cut

PREVIEW = 120
"""Characters of a message that the list of conversations shows."""


ERASED = ""
"""The digest of a message whose text was erased: it was stored, and nothing more is known."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction did: an outcome for each draft in their order, the new rows, the people it met."""

    outcomes: list[Saved | SupportError]
    messages: list[Message]
    people: list[Viewer]


@dataclass(slots=True)
class Batch:
    """A batch under the counter's lock, worked out in memory before anything is written."""

    head: int
    people: dict[str, Person]
    stored: dict[tuple[str, str], Saved]
    closed: set[str]
    users_may_write_to: str
    now: datetime
    outcomes: list[Saved | SupportError] = field(default_factory=list)
    rows: list[NewMessage] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    conversations: dict[str, Summary] = field(default_factory=dict)

    @property
    def summaries(self) -> Iterable[Summary]:
        return self.conversations.values()

    def take(self, draft: Draft) -> Saved | SupportError:
        """The outcome of `draft`; where it is new, its row and summaries are prepared."""
        known = self.stored.get(draft.key)
        if known:
            return known if known.huella in (draft.huella, ERASED) else SupportError("id_reutilizado")
        sender, recipient = self.people.get(draft.sender.usuario), self.people.get(draft.para)
        if (
            sender is None
            or draft.sender.sesion_clave in self.closed
            or not may_still_write(draft.sender, sender)
        ):
            return SupportError("sesion")
        if recipient is None or not self.allowed(sender, recipient):
            return SupportError("destinatario")
        row = self.number(draft, sender)
        self.rows.append(row)
        self.summarise(row, sender, recipient)
        self.stored[draft.key] = Saved(row.id, row.fecha, row.id_cliente, row.huella)
        return self.stored[draft.key]

    def allowed(self, sender: Person, recipient: Person) -> bool:
        return (
            recipient.activo
            and recipient.usuario != sender.usuario
            and may_write(sender.rol, recipient.rol, self.users_may_write_to)
        )

    def number(self, draft: Draft, sender: Person) -> NewMessage:
        numero = self.numbers.get(sender.usuario, sender.numero) + 1
        self.numbers[sender.usuario] = numero
        return NewMessage(
            id=self.head + len(self.rows) + 1,
            de_usuario=sender.usuario,
            para_usuario=draft.para,
            mensaje=draft.mensaje,
            fecha=self.now,
            de_admin=sender.rol == "admin",
            numero=numero,
            id_cliente=draft.id_cliente,
            huella=draft.huella,
        )

    def summarise(self, row: NewMessage, sender: Person, recipient: Person) -> None:
        """Keep the rows of `conversaciones` in step (docs/protocol.md says what each column means)."""
        if row.de_usuario == ROBOT_USER:  # nobody's list shows the canary, and it waits for nobody
            return
        if not row.de_admin:
            was = self.summary(sender) or new_summary(sender.usuario)
            to_desk = recipient.rol == "admin"
            waiting = was.esperando_desde or (row.fecha if to_desk else None)
            mine = replace(
                was, recibidos=row.numero, esperando_desde=waiting, con_mesa=was.con_mesa or to_desk
            )
            self.conversations[sender.usuario] = latest(mine, row)
        if recipient.rol != "admin":
            theirs = self.summary(recipient)
            if row.de_admin:
                theirs = replace(
                    theirs or new_summary(recipient.usuario), esperando_desde=None, con_mesa=True
                )
            if theirs:
                self.conversations[recipient.usuario] = latest(theirs, row)

    def summary(self, person: Person) -> Summary | None:
        return self.conversations.get(person.usuario, person.conversation)

    def as_read(self) -> list[Message]:
        """The new rows as they are read back later, names included."""
        return [
            Message(
                id=row.id,
                de_usuario=row.de_usuario,
                para_usuario=row.para_usuario,
                mensaje=row.mensaje,
                fecha=row.fecha,
                de_admin=row.de_admin,
                numero=row.numero,
                id_cliente=row.id_cliente,
                de_nombre=self.people[row.de_usuario].nombre,
                para_nombre=self.people[row.para_usuario].nombre,
                para_admin=self.people[row.para_usuario].rol == "admin",
            )
            for row in self.rows
        ]


async def write_batch(
    database: Database, drafts: Sequence[Draft], users_may_write_to: str, now: datetime, deadline: float
) -> Written:
    """Write what of `drafts` is new and allowed; it is committed. `deadline` in seconds.

    Raises `DatabaseUnavailable`, after which it may be stored, or `RowRefused`.
    """

    def decide(known: Known) -> Batch:
        repeats = {
            (row.de_usuario, row.id_cliente): Saved(row.id, row.fecha, row.id_cliente, row.huella)
            for row in known.stored
        }
        batch = Batch(known.head, known.people, repeats, known.closed, users_may_write_to, now)
        batch.outcomes = [batch.take(draft) for draft in drafts]
        batch.messages = batch.as_read()  # before the commit: nothing may fail between it and the answers
        return batch

    names = {name for draft in drafts for name in (draft.sender.usuario, draft.para)}
    given = [draft.key for draft in drafts if draft.given]
    sessions = {draft.sender.sesion_clave for draft in drafts if draft.sender.sesion_clave}
    batch = await write_messages(database, names, given, decide, deadline, sessions=sessions)
    met = [Viewer(one.usuario, one.nombre, one.rol) for one in batch.people.values() if one.activo]
    return Written(batch.outcomes, batch.messages, met)


def may_still_write(sender: Viewer, account: Person) -> bool:
    """Whether the account still is what it was when the draft was accepted; more rights than then are no harm."""
    if not account.activo or (sender.is_admin and account.rol != "admin"):
        return False
    return not is_before(sender.sesion, account.sesiones_desde)


def new_summary(usuario: str) -> Summary:
    return Summary(
        usuario=usuario,
        ultimo_id=0,
        ultimo_de="",
        vista_previa="",
        ultima_fecha=datetime.min,
        recibidos=0,
        esperando_desde=None,
        con_mesa=False,
    )


def latest(summary: Summary, row: NewMessage) -> Summary:
    return replace(
        summary,
        ultimo_id=row.id,
        ultimo_de=row.de_usuario,
        vista_previa=preview(row.mensaje),
        ultima_fecha=row.fecha,
    )


def preview(text: str) -> str:
    """What the list of conversations shows of a message."""
    return cut(" ".join(cut(text, 4 * PREVIEW).split()), PREVIEW)
