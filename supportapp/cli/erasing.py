"""`export-person` and `erase`: what is kept of one person, as a file; and its end."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from supportapp.cli.changing import because, change
from supportapp.cli.changing import usuario as changed_person
from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk.erasing import erase as erase_person
from supportapp.desk.exporting import export
from supportapp.desk.spool import spool_folders
from supportapp.errors import NotFound, StartError
from supportapp.store.spool_file import SpoolRefused, forget_left
from supportapp.web.drawing import Drawing
from supportapp.web.exporting import FORMATS
from supportapp.web.i18n import SOURCE_LANGUAGE, load_catalogues

NOBODY = "There is no account {usuario!r} (names are exact)."


@click.command()
@click.argument("usuario")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice([*FORMATS]), default="json", show_default=True,
    help="JSON for programs, or a page that is read without a network.",
)  # fmt: skip
def export_person(usuario: str, file: Path, form: str) -> None:
    """Write all that is kept of USUARIO to the new FILE, for its owner's eyes only; - is standard output.

    The account, sessions with addresses, and every message that they wrote or received. Nothing is overwritten, and
    a FILE that could not be finished is removed.

    \b
    python -m supportapp export-person ana ana.html --format html
    """
    settings = settings_of_command()
    try:
        with new_file(file) as out:
            asyncio.run(write(settings, usuario, out, form))
    except NotFound:
        raise click.UsageError(NOBODY.format(usuario=usuario)) from None
    if str(file) != "-":
        click.echo(f"Everything about {usuario} is in {file}.")


@click.command()
@changed_person
@because
def erase(usuario: str, reason: str) -> None:
    """Erase USUARIO: account, name, sessions, addresses, and the texts of all that they wrote or received.

    Cannot be undone: export first what has to be kept. Messages stay in their places without text, under a name made by
    chance; what an admin wrote to others stays to be read. Open pages show it at once. One that was killed is gone on
    with by typing it again. docs/privacy.md says what backups and logs keep.

    \b
    python -m supportapp erase ana
    """
    count = change(usuario, reason, erase_person)
    asyncio.run(cleaned(settings_of_command(), usuario))
    click.echo(
        f"{usuario} is erased, with {count} messages. Backups and logs have them until they are deleted."
    )


async def write(settings: Settings, usuario: str, out: BinaryIO, form: str) -> None:
    drawing = Drawing(load_catalogues(), {})
    async with open_database(settings) as database:
        found = await export(database, usuario)
        _, written = FORMATS[form]
        async for chunk in written(found, drawing, SOURCE_LANGUAGE):
            out.write(chunk)


async def cleaned(settings: Settings, usuario: str) -> None:
    """Processes that run take it out of their own spools; here it is taken out of those that nobody works on."""
    async with open_database(settings) as database:
        emptied = await database.empty_log()
        folders = await spool_folders(settings, database)
    try:
        for folder in folders:
            forget_left(folder, {usuario})
    except SpoolRefused as error:
        raise StartError(
            f"{usuario} is erased, but SPOOL_DIR cannot be searched ({error}). Look there yourself."
        ) from None
    if not emptied:
        raise StartError(
            f"{usuario} is erased, but somebody is reading the database, whose log may hold texts until they have finished."
        )


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that was not there, removed where it could not be finished; `-` is standard output."""
    if str(path) == "-":
        yield sys.stdout.buffer
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise StartError(f"{path} is there already: name a new file.") from None
    except OSError as error:
        raise StartError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StartError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
