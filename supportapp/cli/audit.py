"""`audit`: reads what was changed of people and what was refused."""

import asyncio
import csv
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import click

from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk.audit_export import COLUMNS, cells, for_json
from supportapp.store.audit import DEEDS, Entry, Filter, stream_entries

AGO = re.compile(r"(\d{1,5})([mhd])")
UNITS = MappingProxyType({"m": "minutes", "h": "hours", "d": "days"})


@click.command()
@click.option("--person", metavar="USUARIO", help="Only what this person did, or what was done to them.")
@click.option("--action", type=click.Choice(DEEDS), help="Only what is of this kind.")
@click.option(
    "--since", metavar="WHEN", default="", help="2026-01-31, 2026-01-31T12:00 (UTC), or 90m, 24h, 7d ago."
)
@click.option(
    "--format",
    "as_",
    type=click.Choice(["text", "csv", "json"]),
    default="text",
    help="json: one object a line.",
)
def audit(person: str | None, action: str | None, since: str, as_: str) -> None:
    """Show who changed what of whom, from where and when, and what was refused; the oldest first.

    Without a name and with an address it was a stranger, without both the command line.

    \b
    python -m supportapp audit --person marta --since 7d
    python -m supportapp audit --format csv > audit.csv
    """
    which = Filter(person, action, moment(since) if since else None)
    asyncio.run(show(settings_of_command(), which, SHOWN[as_]))


def moment(text: str) -> datetime:
    now = datetime.now(UTC).replace(tzinfo=None)
    if ago := AGO.fullmatch(text):
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("--since: 2026-01-31, 2026-01-31T12:00 or 90m, 24h, 7d.") from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


async def show(
    settings: Settings, which: Filter, how: Callable[[AsyncIterator[Entry]], Awaitable[None]]
) -> None:
    async with open_database(settings) as database:
        await how(stream_entries(database, which))


async def as_text(entries: AsyncIterator[Entry]) -> None:
    async for one in entries:
        who = one.quien or ("-" if one.direccion else "(command line)")
        rest = [one.direccion, one.detalles, one.motivo, f"x{one.veces}" if one.veces > 1 else None]
        said = "  ".join(text for text in rest if text)
        click.echo(
            f"{one.id:>6}  {one.fecha:%Y-%m-%d %H:%M:%S}  {who}  {one.que}  {one.a_quien or '-'}  {said}".rstrip()
        )


async def as_csv(entries: AsyncIterator[Entry]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    async for one in entries:
        writer.writerow(cells(one))


async def as_json(entries: AsyncIterator[Entry]) -> None:
    async for one in entries:
        click.echo(json.dumps(for_json(one), ensure_ascii=False))


SHOWN = MappingProxyType({"text": as_text, "csv": as_csv, "json": as_json})
