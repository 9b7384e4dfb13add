"""Messages for the store's tests, written as the application's writer writes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from supportapp.store.conversations import Summary
from supportapp.store.database import Database
from supportapp.store.grams import write_missing
from supportapp.store.messages import NewMessage
from supportapp.store.writing import Known, write_messages

START = datetime(2026, 1, 15, 10, 0, 0, 250_000)
Line = tuple[str, str, str]


def at(number: int) -> datetime:
    """When message `number` was written."""
    return START + timedelta(seconds=number)


@dataclass
class Talk:
    rows: list[NewMessage]
    summaries: list[Summary]


async def say(database: Database, *lines: Line) -> list[int]:
    """Store `(de, para, mensaje)` one after the other in one transaction; their ids.

    A user's line moves their conversation, an admin's the recipient's.
    """
    names = {name for de, para, _ in lines for name in (de, para)}
    talk = await write_messages(database, names, [], lambda known: talk_of(known, lines))
    return [row.id for row in talk.rows]


def talk_of(known: Known, lines: tuple[Line, ...]) -> Talk:
    people = known.people
    numbers = {name: person.numero for name, person in people.items()}
    rows, summaries = [], {}
    for here, (de, para, mensaje) in enumerate(lines, known.head + 1):
        numbers[de] += 1
        admin = people[de].rol == "admin"
        rows.append(
            NewMessage(here, de, para, mensaje, at(here), admin, numbers[de], f"{de}-{here}", f"{here:032x}")
        )
        owner = para if admin else de
        if people[owner].rol != "admin":
            desk = admin or people[para].rol == "admin"
            summaries[owner] = Summary(
                owner,
                here,
                de,
                mensaje[:120],
                at(here),
                numbers[owner],
                None if admin or not desk else at(here),
                desk,
            )
    return Talk(rows, list(summaries.values()))


async def index_names(database: Database) -> None:
    """What a chat does by itself in its first minutes."""
    while await write_missing(database, 2000):
        pass
