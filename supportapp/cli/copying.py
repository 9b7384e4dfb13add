"""`copy`: a whole chat from SQLite to MySQL or back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from supportapp.cli.addresses import address, unusable
from supportapp.cli.opening import settings_of_command, tell, unusable_is_one_line
from supportapp.cli.progress import Progress
from supportapp.errors import StartError
from supportapp.store import migrations
from supportapp.store.addresses import sqlite_path
from supportapp.store.copying import applied, copy_tables, moved_on, refuse_used
from supportapp.store.side import Side, SideFailed
from supportapp.store.sides import open_side
from supportapp.store.spool_left import left_in
from supportapp.store.spool_lock import SpoolRefused

SOURCE, TARGET = "SOURCE_URL", "TARGET_URL"
VERSIONS = (
    "{about} has another schema than this version of the program ({names}). Run migrate there, with the version that "
    "serves it and DATABASE_URL set to it, or copy with that version."
)
MOVED = (
    "The chat on SOURCE_URL has stored {count} messages since the copy began: they are not in it. Stop the chat and run the "
    "same command again."
)
SPOOL = (
    "Its epoch is the same, so pages and spools know it again: start the chat with DATABASE_URL set to TARGET_URL and the same "
    "SPOOL_DIR, and never again on the source."
)


@click.command()
@click.argument("source_url")
@click.argument("target_url")
def copy(source_url: str, target_url: str) -> int:
    """Copy a whole chat into an empty database: from SQLite to MySQL, or back.

    Stop the chat first, and let its SPOOL_DIR run empty. Every table is copied as it is at one moment, read again on the
    other side and compared by counts and checksums. Accounts, sessions, what is read and the epoch stay the same, so pages
    go on. TARGET_URL may hold an empty schema or none; broken off, the same command begins anew. - reads an address from
    standard input, where no list of processes shows its password.

    \b
    python -m supportapp copy sqlite:///instance/soporte.db mysql://chat:secret@db.example.org/soporte
    """
    settings = settings_of_command()
    source, target = address(source_url, SOURCE), address(target_url, TARGET)
    try:
        with opened(source, SOURCE) as old:
            refuse_other_version(old)
            prepare(old, target)
            with opened(target, TARGET) as new:
                refuse_used(old, new)
                sums = copy_tables(old, new, Progress("rows"), lambda: still_there(source, old))
    except SideFailed as error:
        raise StartError(said(error)) from None
    for table, found in sums.items():
        click.echo(f"{table:<18}{found}")
    click.echo("Everything is the same on both sides.")
    click.echo(SPOOL)
    say_spools(settings.spool_folder)
    return 0


@contextmanager
def opened(url: str, about: str) -> Iterator[Side]:
    if url.startswith("sqlite") and not sqlite_path(url).exists():
        raise StartError(f"{about}: there is no file {sqlite_path(url)}.")
    with closing(open_side(url, about)) as side:
        yield side


def refuse_other_version(side: Side) -> None:
    wanted = {path.stem for path in (migrations.SQL / "sqlite").glob("*.sql")}
    if other := sorted(wanted ^ applied(side)):
        names = f"{other[0]} and {len(other) - 1} more" if len(other) > 1 else other[0]
        raise StartError(VERSIONS.format(about=side.about, names=names))


def prepare(source: Side, target: str) -> None:
    """Make the schema where there is none; a schema of another version is not touched."""
    if not target.startswith("sqlite") or sqlite_path(target).exists():
        with closing(open_side(target, TARGET)) as side:
            if source.identity == side.identity:
                raise StartError("SOURCE_URL and TARGET_URL are the same database.")
            if applied(side):
                return refuse_other_version(side)
    with unusable_is_one_line():
        migrations.migrate(target, progress=tell)
    return None


def still_there(url: str, before: Side) -> None:
    """Refuse to finish where the chat wrote on meanwhile."""
    with closing(open_side(url, SOURCE)) as again:
        if count := moved_on(before, again):
            raise StartError(MOVED.format(count=count))


def said(error: SideFailed) -> str:
    if error.refused:
        return f"{error.about} refuses ({' '.join(str(error).split())}). Nothing is finished; the same command begins anew."
    return unusable(error, error.about)


def say_spools(folder: Path) -> None:
    try:
        left = left_in(folder)
    except SpoolRefused as error:
        raise StartError(str(error)) from None
    for one in left:
        click.echo(
            f"In {one.path}: {one.count} messages {one.what}; the chat on the copy stores what waits for this epoch."
        )
