"""`doctor`: what is wrong with this installation, and what to do about it."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import click

from supportapp.cli.assets import missing_assets
from supportapp.cli.beside import look_at_canary, look_at_redis
from supportapp.cli.database import look_at_database
from supportapp.cli.finding import Finding
from supportapp.cli.handshake import http_status, open_websocket
from supportapp.cli.opening import settings_of_command
from supportapp.cli.privacy import look_at_files
from supportapp.cli.waiting_room import look_at_spool
from supportapp.cli.way import look_at_way
from supportapp.config import ConfigError, Settings
from supportapp.errors import StartError


@click.command()
def doctor() -> int:
    """Look at settings, database, Redis, assets and the way browsers take, and say what is wrong and what to do.

    Run it beside the running chat, with the same environment. Changes nothing. Exit status 1 if anything is wrong.
    """
    return asyncio.run(examine())


async def examine() -> int:
    wrong = 0
    async for finding in findings():
        wrong += finding.wrong is not None
        click.echo(finding.line)
    return 1 if wrong else 0


async def findings() -> AsyncIterator[Finding]:
    try:
        settings = settings_of_command()
    except ConfigError as error:
        for line in error.lines:
            yield Finding("settings", line)
        return
    yield look_at_settings(settings)
    async for finding in look_at_database(settings):
        yield finding
    spool = look_at_spool(settings)
    for beside in (spool, await look_at_redis(settings), await look_at_canary(settings)):
        if beside:
            yield beside
    missing = missing_assets(packed=settings.production)
    yield Finding(
        "assets", f"{', '.join(missing)} missing. Run: python -m supportapp assets" if missing else None
    )
    yield look_at_files(settings)
    async for finding in look_from_outside(settings.public_origin):
        yield finding
    if seen := await look_at_way(settings):
        yield seen


def look_at_settings(settings: Settings) -> Finding:
    return Finding("settings", remark=f"{settings.environment}, {settings.dialect}")


async def look_from_outside(origin: str) -> AsyncIterator[Finding]:
    """The way that browsers take, through whatever proxy stands in front."""
    about = f"{origin}/healthz"
    try:
        status = await http_status(origin, "/healthz")
    except ssl.SSLError as error:
        yield Finding(
            about, f"the certificate is not accepted ({error.reason}); renew it or correct PUBLIC_URL"
        )
        return
    except (OSError, TimeoutError) as error:
        yield Finding(
            about,
            f"nothing answers ({error or 'no answer in time'}). Is the chat running? Is PUBLIC_URL right?",
        )
        return
    yield Finding(
        about, None if status == 200 else f"answers {status}, not 200; is PUBLIC_URL this chat's address?"
    )
    try:
        await open_websocket(origin)
    except (OSError, StartError) as error:
        yield Finding("WebSocket", f"{error}; without it people get slower updates")
    else:
        yield Finding("WebSocket", remark="opens")
