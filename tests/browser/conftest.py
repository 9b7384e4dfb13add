"""Chromium, a real server process, and people who look at its pages."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from supportapp.config import Settings
from supportapp.store.access import update_password
from supportapp.store.database import Database
from supportapp.store.users import insert_user
from tests.browser.chat import Chat
from tests.browser.chromium import chromium
from tests.conftest import ADMINS, JOINED, PASSWORD_HASH, PEOPLE
from tests.forked import Forked
from tests.processes import SECRET, sqlite_settings


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests."""
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def peopled_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with everybody's account, to copy."""
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("people") / "soporte.db"))
    with ThreadPoolExecutor(1) as thread:  # the session's own loop may be running here
        thread.submit(asyncio.run, register_people(f"sqlite:///{path}")).result()
    return path


async def register_people(url: str) -> None:
    database = Database.from_settings(Settings(database_url=url, jwt_secret=SECRET))
    await database.connect()
    await update_password(database, "admin", PASSWORD_HASH, JOINED)  # or each start would make one
    for names, rol in ((PEOPLE, "user"), (ADMINS, "admin")):
        for usuario, nombre in names.items():
            await insert_user(database, usuario, nombre, rol, PASSWORD_HASH, JOINED)
    await database.disconnect()


@pytest_asyncio.fixture(loop_scope="session")
async def chat(browser: Browser, peopled_file: Path, tmp_path: Path) -> AsyncIterator[Chat]:
    """The chat as `make run` serves it, and everybody's browsers; at the end no page may have complained."""
    shutil.copy(peopled_file, tmp_path / "soporte.db")
    env = sqlite_settings(tmp_path, MESSAGE_LIMIT="5000/second")
    chat = Chat(browser, lambda: Forked(env), tmp_path / "soporte.db")
    await asyncio.to_thread(chat.start)
    try:
        yield chat
        assert chat.complaints == []
    finally:
        await chat.close()
