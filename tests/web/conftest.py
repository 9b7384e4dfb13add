"""The HTTP door with a desk behind it, on both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from supportapp.config import Settings
from supportapp.desk.desk import Desk
from supportapp.web.app import create_web
from supportapp.web.current import Web
from tests.clients.fixtures import built_once

__all__ = ["built_once"]


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Web]:
    """The application for `settings`, its desk started."""
    desk = Desk(settings)
    app = create_web(desk)
    try:
        await desk.start()
        yield app
    finally:
        await desk.stop()


@pytest.fixture
async def web(settings: Settings, people: object) -> AsyncIterator[Web]:
    async with serving(settings) as app:
        yield app
