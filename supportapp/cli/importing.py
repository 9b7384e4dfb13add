"""`import-reference`: the people and messages of the older system, moved in."""

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from supportapp.cli.addresses import address, unusable
from supportapp.cli.import_report import lines, people_lines
from supportapp.cli.opening import bring_up_to_date, open_database, settings_of_command
from supportapp.cli.progress import Progress
from supportapp.cli.proof import say_proof
from supportapp.config import Settings
from supportapp.desk.imported_accounts import clean, reserved
from supportapp.desk.imported_people import Folded, Undecided
from supportapp.desk.imported_report import Report
from supportapp.desk.imported_storing import Stale
from supportapp.desk.importing import Importing, Wishes
from supportapp.errors import StartError
from supportapp.store.legacy import Legacy, SourceAway

SOURCE = "SOURCE_URL"
CHANGED = "Somebody made one of these accounts meanwhile, or another import runs. Run the same command again."
UNDECIDED = (
    "Nothing was written: these names are read as one, or are the desk's: {groups}. Decide with --folded merge (one "
    "account), --folded number (the others are called NAME-2 …) or, one by one, --rename OLD=NEW."
)
MOST_GROUPS = 20


@click.command()
@click.argument("source_url")
@click.option(
    "--time-zone",
    default="UTC",
    metavar="ZONE",
    help="Of the dates there, such as Europe/Madrid; UTC if not given.",
)
@click.option(
    "--folded",
    type=click.Choice(["merge", "number"]),
    help="What becomes of names that differ in case or accents only.",
)
@click.option(
    "--rename",
    "renames",
    multiple=True,
    metavar="OLD=NEW",
    help="The account here of one name there; can be repeated.",
)
@click.option(
    "--keep-imagen", is_flag=True, help="Keep `imagen` (in the table importados; no page shows it)."
)
@click.option(
    "--waiting-days",
    default=7,
    type=click.IntRange(0, 36500),
    help="Who wrote to the desk within so many days without an answer waits for one; 7 if not given.",
)
@click.option("--dry-run", is_flag=True, help="Read everything and report; write nothing.")
def import_reference(
    source_url: str,
    time_zone: str,
    folded: Folded | None,
    renames: tuple[str, ...],
    keep_imagen: bool,
    waiting_days: int,
    dry_run: bool,
) -> int:
    """Move the people and messages of the older Node system into the chat of DATABASE_URL.

    SOURCE_URL is mysql://user:password@host/name of its tables usuarios and mensajes, which are only read; - reads it
    from standard input. The chat may run meanwhile. Safe to run again: it goes on where it ended, and fetches what has
    been written since. Passwords stay valid, what is imported counts as read, and at the end comes the doctor's proof.

    \b
    python -m supportapp import-reference mysql://chat:secret@db.example.org/legacy --time-zone Europe/Madrid --dry-run
    """
    settings = settings_of_command()
    url = address(source_url, SOURCE)
    if url.startswith("sqlite"):
        raise click.UsageError(f"{SOURCE} must be mysql://…: the older system keeps its tables in MySQL.")
    wishes = Wishes(
        zone_of(time_zone),
        folded,
        dict(map(renamed, renames)),
        keep_imagen,
        timedelta(days=waiting_days),
    )
    if not settings.production:
        bring_up_to_date(settings)
    return asyncio.run(move_in(settings, url, wishes, dry_run=dry_run))


async def move_in(settings: Settings, url: str, wishes: Wishes, *, dry_run: bool) -> int:
    async with open_database(settings) as database:
        try:
            legacy = await asyncio.to_thread(Legacy, url)
            try:
                importing = Importing(database, legacy, wishes)
                report = await importing.plan()
                say(*people_lines(report))
                await importing.run(report, told(Progress("messages")), write=not dry_run)
            finally:
                legacy.close()
        except SourceAway as error:
            raise StartError(unusable(error, SOURCE)) from None
        except Undecided as error:
            raise StartError(UNDECIDED.format(groups=listed(error.groups))) from None
        except Stale:
            raise StartError(CHANGED) from None
    zone = "UTC, as the server hands TIMESTAMP out" if legacy.in_utc else str(wishes.zone)
    say(*lines(report, zone, dry_run=dry_run))
    return 0 if dry_run else await say_proof(settings)


def told(progress: Progress) -> Callable[[Report], None]:
    return lambda report: progress(report.seen, report.total)


def say(*text: str) -> None:
    for line in text:
        click.echo(line)


def listed(groups: list[list[str]]) -> str:
    some = "; ".join(" = ".join(group) for group in groups[:MOST_GROUPS])
    return some + (f" and {len(groups) - MOST_GROUPS} more" if len(groups) > MOST_GROUPS else "")


def zone_of(name: str) -> tzinfo:
    if name.upper() in {"UTC", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError(f"--time-zone: {name!r} is unknown; such as UTC or Europe/Madrid.") from None


def renamed(wish: str) -> tuple[str, str]:
    old, _, new = wish.rpartition("=")
    if not old or not new or clean(new) != new or (reserved(new) and new != "admin"):
        raise click.UsageError(
            f"--rename: {wish!r} must be OLD=NEW, NEW of 1 to 64 characters and no robot's."
        )
    return old, new
