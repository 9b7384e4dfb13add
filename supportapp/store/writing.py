"""The transaction of the writer of messages: what it has to know is one round trip, what it writes a second one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from supportapp.store.conversations import PEOPLE, Person, Summary, upsert_conversations
from supportapp.store.database import Database, Row
from supportapp.store.messages import NewMessage, Stored, insert_messages, stored
from supportapp.store.sequence import lock_head, update_head
from supportapp.store.statements import Query, Statement, placeholders


@dataclass(frozen=True, slots=True)
class Known:
    """What holds until the transaction ends: the last id, the people asked for by name, the repeats among the keys."""

    head: int
    people: dict[str, Person]
    stored: list[Stored]


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
    keep: bool = True,
) -> A:
    """What `decide` makes of what is known of `names` and `keys` under the counter's lock, once it is committed.

    `decide` must not wait. `keys`: the `(de_usuario, id_cliente)` that may be there already. Raises
    `DatabaseUnavailable`, after which it may be stored, or `RowRefused`; without `keep` everything is undone.
    """
    reads: list[Query] = [lock_head(db.dialect), select_people(sorted(names))]
    if keys:
        reads.append(stored(keys))

    def writes(found: list[list[Row]]) -> tuple[list[Statement], A]:
        head, people, *repeats = found
        known = [Stored(**row) for rows in repeats for row in rows]
        added = decide(Known(int(head[0]["valor"]), people_in(people), known))
        if not added.rows:
            return [], added
        summaries = upsert_conversations(db.dialect, added.summaries)
        return [*insert_messages(added.rows), *summaries, update_head(added.rows[-1].id)], added

    return await db.exchange(reads, writes, deadline, keep=keep)


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
