"""Messages for the store's tests, written as the application's writer writes them."""

from datetime import datetime, timedelta

from supportapp.store.conversations import Summary, select_people, upsert_conversations
from supportapp.store.database import Database
from supportapp.store.messages import NewMessage, insert_messages
from supportapp.store.sequence import lock_head, update_head

START = datetime(2026, 1, 15, 10, 0, 0, 250_000)


def at(number: int) -> datetime:
    """When message `number` was written."""
    return START + timedelta(seconds=number)


async def say(database: Database, *lines: tuple[str, str, str]) -> list[int]:
    """Store `(de, para, mensaje)` one after the other in one transaction; their ids.

    A user's line moves their conversation, an admin's the recipient's.
    """
    async with database.transaction() as connection:
        head = await lock_head(connection)
        people = await select_people(connection, list({name for de, para, _ in lines for name in (de, para)}))
        numbers = {name: person.numero for name, person in people.items()}
        rows, summaries = [], {}
        for here, (de, para, mensaje) in enumerate(lines, head + 1):
            numbers[de] += 1
            admin = people[de].rol == "admin"
            rows.append(
                NewMessage(
                    here, de, para, mensaje, at(here), admin, numbers[de], f"{de}-{here}", f"{here:032x}"
                )
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
        await insert_messages(connection, rows)
        await upsert_conversations(connection, list(summaries.values()))
        await update_head(connection, head + len(rows))
    return [row.id for row in rows]
