"""Who may come in: closing an account and opening it again, ending somebody's sessions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from supportapp.desk.moment import utc_now
from supportapp.desk.viewer import DESK
from supportapp.errors import NotFound
from supportapp.store.access import update_active, update_sessions_since
from supportapp.store.changes import insert_change
from supportapp.store.database import Connection, Database
from supportapp.store.sessions import Reason, close_sessions
from supportapp.store.users import select_admins, select_user


class LastAdmin(Exception):  # noqa: N818
    """Nobody could sign in any more to answer."""


@asynccontextmanager
async def changing(database: Database, usuario: str) -> AsyncIterator[Connection]:
    """A transaction in which the account of this person changes, one after the other; raises `NotFound`.

    Every process hears of it once it is committed, and judges that person's sockets.
    """
    async with database.transaction() as connection:
        await insert_change(connection, "cuenta", usuario, utc_now())
        if await select_user(connection, usuario) is None:
            raise NotFound
        yield connection


async def deactivate(database: Database, usuario: str) -> None:
    """Nobody signs in to this account any more, or writes to it; its sessions end, also for the day it is opened again.

    Raises `NotFound`, and `LastAdmin` where nobody would be left to answer; for the desk's own mailbox, too.
    """
    async with changing(database, usuario) as connection:
        if usuario == DESK or not await others_can_answer(connection, usuario):
            raise LastAdmin
        await update_active(connection, usuario, False)
        await end_all(connection, usuario, "cuenta")


async def others_can_answer(connection: Connection, usuario: str) -> bool:
    """Whether the desk would not be deserted without this person."""
    able = {admin.usuario for admin in await select_admins(connection) if admin.pass_hash}
    return able != {usuario}


async def activate(database: Database, usuario: str) -> None:
    """The account is open again, with the password that it had. Raises `NotFound`."""
    async with changing(database, usuario) as connection:
        await update_active(connection, usuario, True)


async def end_sessions(database: Database, usuario: str) -> None:
    """Whoever is signed in as this person has to sign in again, on every device. Raises `NotFound`."""
    async with changing(database, usuario) as connection:
        await end_all(connection, usuario, "cuenta")


async def end_all(connection: Connection, usuario: str, motivo: Reason) -> None:
    """Every session of this person, also those that nobody has seen yet, in a transaction in which the account changes."""
    now = utc_now()
    await update_sessions_since(connection, usuario, now)
    await close_sessions(connection, usuario, motivo, now)
