"""What several commands do first: open the database, bring its schema up to date."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import click

from supportapp.cli.ailments import away
from supportapp.config import Settings, keep_private, load_settings
from supportapp.errors import StartError
from supportapp.logs import configure_logging
from supportapp.store import migrations
from supportapp.store.database import Database, DatabaseUnavailable

WAIT_SECONDS = 10.0
OLD_SCHEMA = "The database schema is old. Run: python -m supportapp migrate"


def settings_of_command() -> Settings:
    """The settings; a command says itself what it does, so the log only has what goes wrong."""
    keep_private()
    settings = load_settings()
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    return settings


@asynccontextmanager
async def open_database(settings: Settings, wait: float = WAIT_SECONDS) -> AsyncIterator[Database]:
    """The database with a current schema; whatever makes it unusable becomes a `StartError` of one line."""
    database = Database.from_settings(settings)
    try:
        await database.connect(wait)
        if not await migrations.schema_is_current(database):
            raise StartError(OLD_SCHEMA)
        yield database
    except DatabaseUnavailable as error:
        raise StartError(away(error)) from None
    finally:
        await database.disconnect()


def bring_up_to_date(settings: Settings) -> int:
    """Apply the migrations that are missing, telling each; returns how many there were."""
    if settings.dialect == "mysql":  # SQLite's file and folder are only made by the migration
        asyncio.run(wait_for_database(settings))
    with unusable_is_one_line():
        return migrations.migrate(settings.database_url, progress=tell)


def tell(name: str) -> None:
    """An output that cannot be written is not the database's fault, for which its errors would be taken."""
    try:
        click.echo(f"  applying {name}")
    except OSError as error:
        raise StartError(
            f"Standard output cannot be written: {(error.strerror or str(error)).lower()}."
        ) from None


async def wait_for_database(settings: Settings) -> None:
    database = Database.from_settings(settings)
    with unusable_is_one_line():
        try:
            await database.connect(WAIT_SECONDS)
        finally:
            await database.disconnect()


@contextmanager
def unusable_is_one_line() -> Iterator[None]:
    """Whatever makes the database unusable becomes a `StartError`."""
    try:
        yield
    except migrations.MigrationLocked as error:
        raise StartError(str(error)) from None
    except DatabaseUnavailable as error:
        raise StartError(away(error)) from None
