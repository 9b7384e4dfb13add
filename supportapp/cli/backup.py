"""`backup`: the SQLite database as one file, while the chat runs."""

import asyncio
import os
from pathlib import Path
from urllib.parse import quote

import click

from supportapp.cli.opening import settings_of_command, unusable_is_one_line
from supportapp.cli.proof import say_proof
from supportapp.config import Settings
from supportapp.errors import StartError
from supportapp.store.addresses import sqlite_path
from supportapp.store.backup import close_file, copy_online, forget, give_name
from supportapp.store.migrations import pending

ONLY_SQLITE = "backup is for SQLite. For this database: mysqldump --single-transaction --master-data=2 (docs/operations.md, Backups)."
OLD = "The schema is older than this program, so the proof was not asked; the pages of the file are sound."
RESTORE = (
    "To restore it: stop the chat, remove -wal and -shm of the database, mv (not cp) a copy of this file to its name, start. "
    "What was stored since is offered again by pages that still have it."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> int:
    """Write the SQLite database of DATABASE_URL into FILE, as it is at one moment, while the chat runs.

    FILE appears when it is complete: copied, checked, proven as `doctor` does it, and on the disk. It is readable by its
    owner only, and an existing one is never overwritten. For MySQL, and for what comes after a restore, see
    docs/operations.md.

    \b
    python -m supportapp backup /var/backups/soporte-$(date +%F).db
    """
    settings = settings_of_command()
    if settings.dialect != "sqlite":
        raise click.UsageError(ONLY_SQLITE)
    source = sqlite_path(settings.database_url)
    if file.exists() or file.is_symlink():
        raise click.UsageError(f"{file} exists already; nothing was overwritten.")
    if not file.parent.is_dir():
        raise click.UsageError(f"There is no folder {file.parent}.")
    if not source.exists():
        raise StartError(f"There is no database {source}. Check DATABASE_URL.")
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with unusable_is_one_line():
            copy_online(source, temporary)
            wrong = proven(settings, temporary)
            close_file(temporary)
        if wrong:
            raise StartError(
                "The proof failed, so the database itself is not whole: nothing was kept. Run: python -m supportapp doctor"
            )
        give_name(temporary, file)
    finally:
        forget(temporary)
    click.echo(f"{file}: {file.stat().st_size:,} bytes. {RESTORE}")
    return 0


def proven(settings: Settings, path: Path) -> int:
    url = f"sqlite:///{quote(str(path.absolute()))}"
    if pending(url):
        click.echo(OLD)
        return 0
    return asyncio.run(say_proof(settings.model_copy(update={"database_url": url})))
