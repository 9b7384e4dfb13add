"""The transaction of an import: messages of another system with their summaries and marks, in two round trips."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from supportapp.store.conversations import Person, Summary, upsert_conversations
from supportapp.store.database import Database, Row
from supportapp.store.marks import KEY, Mark
from supportapp.store.messages import NewMessage, insert_messages
from supportapp.store.sequence import lock_head, update_head
from supportapp.store.statements import Dialect, Insert, Query, Statement, inserts, on_duplicate, placeholders
from supportapp.store.writing import people_in, select_people

MOST_OTHERS = 1000


@dataclass(frozen=True, slots=True)
class Before:
    """What holds until the transaction ends: the last id, the admins, and of the people asked for all that there is.

    `others`: who has written since the id that was asked for, or received and is no admin, None for more than are told;
    `received`: the last id that each was sent.
    """

    head: int
    admins: list[str]
    others: set[str] | None
    people: dict[str, Person]
    marks: dict[tuple[str, str], Mark]
    received: dict[str, int]


class Addition(Protocol):
    """What is to be written; ids go on from the head. `read`: whose conversation everybody has read to its end."""

    @property
    def rows(self) -> Sequence[NewMessage]: ...

    @property
    def summaries(self) -> Iterable[Summary]: ...

    @property
    def marks(self) -> Iterable[Mark]: ...

    @property
    def read(self) -> Collection[str]: ...


A = TypeVar("A", bound=Addition)


async def write_imported(
    db: Database, names: Collection[str], since: int | None, decide: Callable[[Before], A]
) -> A:
    """What `decide` makes of what is known of `names`, once it is committed; the marks move with the messages, untold.

    `since`: the id after which others may have written; None where it is of no interest. Under the counters of messages
    and of marks, so that no id, summary or mark of anybody else is lost. Raises `DatabaseUnavailable`, after which it
    may be stored, or `RowRefused`; what `decide` raises undoes all.
    """
    reads = {
        "head": lock_head(db.dialect),
        "moves": lock_head(db.dialect, "lecturas"),
        "admins": Query(ADMINS),
    }
    if since is not None:
        reads["others"] = Query(OTHERS, {"since": since, "limit": MOST_OTHERS})
    if names:
        inside, values = placeholders("usuario", sorted(names))
        reads["people"] = select_people(sorted(names))
        reads["marks"] = Query(MARKS.format(inside), values)
        reads["received"] = Query(RECEIVED.format(inside), values)

    def writes(rows: list[list[Row]]) -> tuple[list[Statement], A]:
        added = decide(before(dict(zip(reads, rows, strict=True))))
        head = added.rows[-1].id
        return [
            *insert_messages(added.rows),
            *upsert_conversations(db.dialect, added.summaries),
            *upsert_marks(db.dialect, added.marks),
            *read_to_the_end(added.read, head),
            update_head(head),
        ], added

    return await db.exchange(list(reads.values()), writes)


def before(found: dict[str, list[Row]]) -> Before:
    others, admins = found.get("others", []), [row["usuario"] for row in found["admins"]]
    senders, recipients = ({row[side] for row in others} for side in ("de_usuario", "para_usuario"))
    return Before(
        head=int(found["head"][0]["valor"]),
        admins=admins,
        others=senders | recipients.difference(admins) if len(others) < MOST_OTHERS else None,
        people=people_in(found.get("people", [])),
        marks={(row["lector"], row["usuario"]): Mark(**row) for row in found.get("marks", [])},
        received={row["usuario"]: row["recibido"] or 0 for row in found.get("received", [])},
    )


def upsert_marks(dialect: Dialect, marks: Iterable[Mark]) -> Iterator[Insert]:
    """Marks as they are now, where nobody else moves them. Their `cambio` stays: who asks for the messages asks for them."""
    rows = sorted((m.lector, m.usuario, m.entregado_hasta, m.leido_hasta, m.recibidos_leidos) for m in marks)
    return inserts("lecturas", (*KEY, *MARK), rows, on_duplicate(dialect, KEY, (*KEY, *MARK)))


def read_to_the_end(people: Collection[str], head: int) -> Iterator[Query]:
    """Move all marks in the conversations of `people` to their ends, without naming each."""
    if people:
        inside, values = placeholders("usuario", sorted(people))
        yield Query(READ.format(inside), {**values, "head": head})


MARK = ("entregado_hasta", "leido_hasta", "recibidos_leidos")
ADMINS = "SELECT usuario FROM usuarios WHERE rol = 'admin' ORDER BY usuario"
OTHERS = "SELECT de_usuario, para_usuario FROM mensajes WHERE id > :since LIMIT :limit"
MARKS = f"""
    SELECT {", ".join(f"l.{name}" for name in (*KEY, *MARK))} FROM usuarios u
    JOIN lecturas l /*! FORCE INDEX (lecturas_usuario) */ ON l.usuario = u.usuario WHERE u.usuario IN ({{}})
"""
RECEIVED = """
    SELECT u.usuario, (SELECT m.id FROM mensajes m /*! FORCE INDEX (mensajes_para_usuario) */
                       WHERE m.para_usuario = u.usuario ORDER BY m.id DESC LIMIT 1) AS recibido
    FROM usuarios u WHERE u.usuario IN ({})
"""
READ = """
    UPDATE lecturas /*! FORCE INDEX (lecturas_usuario) */ SET entregado_hasta = :head, leido_hasta = :head,
      recibidos_leidos = CASE WHEN lector = usuario THEN 0 ELSE
        (SELECT c.recibidos FROM conversaciones c WHERE c.usuario = lecturas.usuario) END
    WHERE usuario IN ({})
"""
