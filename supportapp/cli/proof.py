"""The doctor's proof that the database lost nothing: every number is there, and every count agrees with the messages."""

import time
from collections.abc import AsyncIterator

import click

from supportapp.cli.finding import Finding
from supportapp.config import Settings
from supportapp.desk.viewer import ROBOT_USER
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.emptying import select_erased_messages
from supportapp.store.erasing import select_unfinished
from supportapp.store.proof import (
    select_numbering,
    select_senders_with_holes,
    select_wrong_conversations,
    select_wrong_marks,
)

PATIENCE = 60.0
"""Seconds for one question; a million messages take four for all of them on a small machine."""


async def prove(settings: Settings) -> AsyncIterator[Finding]:
    """Ask the five questions on a connection of its own, with more patience than the chat has."""
    database = Database(settings.database_url, pool=2, deadline=PATIENCE)
    begun = time.monotonic()
    try:
        await database.connect()
        yield await look_at_numbering(database)
        yield await look_at_erased(database)
        names = await select_senders_with_holes(database)
        yield finding(
            "numbers of every sender", names, "without holes", "messages are missing or out of order of"
        )
        names = await select_wrong_conversations(database, ROBOT_USER)
        yield finding("conversations", names, "agree with the messages", "the list is behind the messages of")
        names = await select_wrong_marks(database)
        took = f"agrees with the marks (proof took {time.monotonic() - begun:.1f} s)"
        yield finding("unread", names, took, "counts and marks differ for")
    except DatabaseUnavailable as error:
        yield Finding("proof", f"not finished, each question has {PATIENCE:.0f} s: {error}")
    finally:
        await database.disconnect()


async def say_proof(settings: Settings) -> int:
    """Say what the proof found, a line each; exit status 1 where something is wrong."""
    wrong = 0
    async for found in prove(settings):
        wrong += found.wrong is not None
        click.echo(found.line)
    return 1 if wrong else 0


async def look_at_numbering(database: Database) -> Finding:
    """Ids have no holes: a difference means that rows were deleted or written past the application."""
    numbering = await select_numbering(database)
    if numbering.whole:
        return Finding("messages", remark=f"{numbering.count}, numbered without holes")
    return Finding(
        "messages",
        f"{numbering.count} rows, but the ids go from {numbering.first} to {numbering.last} and the counter stands at "
        f"{numbering.counter}: rows were deleted or added by hand; restore a backup",
    )


async def look_at_erased(database: Database) -> Finding:
    """Of a message either the text is there or the mark that it was erased."""
    erased, unfinished = await select_erased_messages(database), await select_unfinished(database)
    if erased.halves:
        some = ", ".join(map(str, erased.halves))
        return Finding(
            "texts",
            f"half erased: {some}, and perhaps more; rows were changed by hand; restore a backup",
        )
    if unfinished:
        names = ", ".join(unfinished)
        return Finding("texts", f"the erasing of {names} was begun and not finished; erase them again")
    return Finding(
        "texts", remark=f"{erased.count} messages were erased" if erased.count else "none was erased"
    )


def finding(about: str, names: list[str], well: str, wrong: str) -> Finding:
    if not names:
        return Finding(about, remark=well)
    return Finding(
        about, f"{wrong} {', '.join(names)}, and perhaps more; rows were changed by hand; restore a backup"
    )
