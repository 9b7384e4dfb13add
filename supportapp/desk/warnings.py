"""What a start says of where messages wait and go, so that nobody learns of it when they are missed."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

import structlog

from supportapp.config import Settings
from supportapp.store.database import Database
from supportapp.store.proof import ENOUGH_PACKET, select_packet_limit
from supportapp.store.spool_file import left_in

log = structlog.get_logger("supportapp.start")


async def warn(settings: Settings, database: Database) -> None:
    """One line for each thing that an operator should change; raises `DatabaseUnavailable`, `SpoolRefused`."""
    packet = await select_packet_limit(database)
    if packet is not None and packet < ENOUGH_PACKET:
        log.warning("max_allowed_packet is small: set it to 2 MB or more", bytes=packet)
    if settings.dyno:
        log.warning(
            "SPOOL_DIR is emptied at every restart: what waits there while the database is away is lost then"
        )
    for left in await asyncio.to_thread(left_in, settings.spool_folder):
        log.warning(LEFT[left.what], file=str(left.path), messages=left.count)


LEFT: Mapping[str, str] = MappingProxyType(
    {
        "waiting": "messages wait in SPOOL_DIR that are not of this database",
        "refused": "messages lie in SPOOL_DIR that could not be stored: look at them, then remove the file",
        "broken": "a file in SPOOL_DIR cannot be read: look at it, then remove it",
    }
)
