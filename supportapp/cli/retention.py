"""`retention`: what is older than the settings let it become, forgotten or only counted."""

import asyncio

import click

from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk.retention import KEPT, retain


@click.command()
@click.option("--dry-run", "dry", is_flag=True, help="Only count what would be forgotten.")
def retention(dry: bool) -> None:
    """Forget what is older than RETAIN_MESSAGES_DAYS, RETAIN_SESSIONS_DAYS and RETAIN_ADDRESSES_DAYS say; 0 keeps it for ever.

    Of messages the texts go, while ids and order stay. A chat that runs does it by itself once a day.

    \b
    python -m supportapp retention --dry-run
    """
    settings = settings_of_command()
    counts = asyncio.run(retained(settings, dry=dry))
    for name in KEPT:
        days = getattr(settings, f"retain_{name}_days")
        done = "would be forgotten" if dry else "forgotten"
        click.echo(
            f"{name}: {counts[name]} older than {days} days {done}" if days else f"{name}: kept for ever"
        )


async def retained(settings: Settings, *, dry: bool) -> dict[str, int]:
    async with open_database(settings) as database:
        return await retain(settings, database, dry=dry)
