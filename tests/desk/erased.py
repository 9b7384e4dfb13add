"""Whether anything of somebody is still to be found, for the tests of erasing."""

from pathlib import Path

from supportapp.config import Settings
from supportapp.desk.viewer import ROBOT_USER
from supportapp.store.addresses import sqlite_path
from supportapp.store.database import Database
from supportapp.store.emptying import select_erased_messages
from supportapp.store.proof import (
    select_numbering,
    select_senders_with_holes,
    select_wrong_conversations,
    select_wrong_marks,
)

TABLES = (
    "usuarios", "mensajes", "conversaciones", "lecturas", "gramas", "sesiones", "meta", "borrados", "secuencia",
)  # fmt: skip
"""All but `cambios`, which is forgotten after a day."""


async def assert_proven(database: Database) -> None:
    """What `doctor` proves."""
    assert (await select_numbering(database)).whole
    assert await select_senders_with_holes(database) == []
    assert await select_wrong_conversations(database, ROBOT_USER) == []
    assert await select_wrong_marks(database) == []
    assert (await select_erased_messages(database)).halves == []


async def tables_with(database: Database, *words: str, tables: tuple[str, ...] = TABLES) -> set[str]:
    """The tables in any value of which one of the words stands."""
    return {
        table
        for table in tables
        for row in await database.fetch_all(f"SELECT * FROM {table}")
        if any(word.lower() in str(value).lower() for value in row.values() for word in words)
    }


def files_with(settings: Settings, *words: str) -> list[Path]:
    """The files of the chat (its database, its log, its spool) with the bytes of one of the words in them."""
    files = [path for path in settings.instance_dir.rglob("*") if path.is_file()]
    if settings.dialect == "sqlite":
        database = sqlite_path(settings.database_url)
        files += [path for path in database.parent.glob(f"{database.name}*") if path not in files]
    return [path for path in files if any(word.encode() in path.read_bytes() for word in words)]
