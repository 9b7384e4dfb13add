"""The transaction of the writer of messages: what it has to know is one round trip, what it writes a second one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from supportapp.store.conversations import PEOPLE, Person, Summary, upsert_conversations
from supportapp.store.database import Database, Row
from supportapp.store.messages import NewMessage, Stored, insert_messages, stored
from supportapp.store.sequence import lock_head, update_head
from supportapp.store.sessions import closed_among
from supportapp.store.statements import Query, Statement, placeholders


@dataclass(frozen=True, slots=True)
class Known:
    """What holds until the transaction ends: the last id, the people asked for by name, the repeats among the keys, the sessions that are over."""

    head: int
    people: dict[str, Person]
    stored: list[Stored]
    closed: set[str]


class Additions(Protocol):
    """What is to be written; ids go on from the head."""

    @property
    def rows(self) -> Sequence[NewMessage]: ...

    @property
    def summaries(self) -> Iterable[Summary]: ...


A = TypeVar("A", bound=Additions)


async def write_messages(
    db: Database,
    names: Collection[str],
    keys: Sequence[tuple[str, str]],
    decide: Callable[[Known], A],
    deadline: float | None = None,
    *,
    sessions: Collection[str] = (),
    keep: bool = True,
) -> A:
    """What `decide` makes of what is known of `names` and `keys` under the counter's lock, once it is committed.

    `decide` must not wait. `keys`: the `(de_usuario, id_cliente)` that may be there already; `sessions`: the
    keys of those in which was sent. Raises
    `DatabaseUnavailable`, after which it may be stored, or `RowRefused`; without `keep` everything is undone.
    """
    reads = {"head": lock_head(db.dialect), "people": select_people(sorted(names))}
    if sessions:
        reads["closed"] = closed_among(sorted(sessions))
    if keys:
        reads["stored"] = stored(keys)

    def writes(rows: list[list[Row]]) -> tuple[list[Statement], A]:
        found = dict(zip(reads, rows, strict=True))
        known = Known(
            head=int(found["head"][0]["valor"]),
            people=people_in(found["people"]),
            stored=[Stored(**row) for row in found.get("stored", [])],
            closed={row["sesion"] for row in found.get("closed", [])},
        )
        added = decide(known)
        if not added.rows:
            return [], added
        summaries = upsert_conversations(db.dialect, added.summaries)
        return [*insert_messages(added.rows), *summaries, update_head(added.rows[-1].id)], added

    return await db.exchange(list(reads.values()), writes, deadline, keep=keep)


def select_people(names: Sequence[str]) -> Query:
    """The people of these names with all that the writer needs, for `people_in`."""
    inside, values = placeholders("usuario", names)
    return Query(f"{PEOPLE} WHERE u.usuario IN ({inside or 'NULL'})", values)


def people_in(rows: Sequence[Mapping[str, Any]]) -> dict[str, Person]:
    """By the name that stands in the row: MySQL takes `luis` with a blank behind it for `luis`."""
    return {row["usuario"]: _person(row) for row in rows}


def _person(row: Mapping[str, Any]) -> Person:
    return Person(
        **{name: row[name] for name in ("usuario", "nombre", "rol", "activo", "sesiones_desde")},
        numero=row["numero"] or 0,
        conversation=None
        if row["ultimo_id"] is None
        else Summary(**{name: row[name] for name in Summary.__slots__}),
    )
