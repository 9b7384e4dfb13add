"""Who may come in: closing an account and opening it again, ending somebody's sessions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from supportapp.desk.moment import utc_now
from supportapp.desk.viewer import DESK
from supportapp.errors import NotFound
from supportapp.store.access import update_active, update_sessions_since
from supportapp.store.changes import Kind, insert_change
from supportapp.store.database import Connection, Database
from supportapp.store.sessions import Reason, StoredSession, close_sessions, select_closed, upsert_closed
from supportapp.store.users import select_admins, select_user

Require = Callable[[Connection], Awaitable[None]]
"""Asks whether the person who changes something still may, and raises where not: under the lock of all such changes, for
which they may have waited while their own right ended."""


class LastAdmin(Exception):  # noqa: N818
    """Nobody could sign in any more to answer."""


async def nobody_asks(connection: Connection) -> None:
    """For who needs no session: the command line, and the desk itself."""


@asynccontextmanager
async def changing(
    database: Database, usuario: str, require: Require = nobody_asks, tipo: Kind = "cuenta"
) -> AsyncIterator[Connection]:
    """A transaction in which this person's account or sessions change, one after the other; raises `NotFound`.

    Every process hears of it once it is committed, and judges that person's sockets.
    """
    async with database.transaction() as connection:
        await insert_change(connection, tipo, usuario, utc_now())
        await require(connection)
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


async def end_sessions(database: Database, usuario: str, require: Require = nobody_asks) -> None:
    """Whoever is signed in as this person has to sign in again, on every device. Raises `NotFound`."""
    async with changing(database, usuario, require) as connection:
        await end_all(connection, usuario, "cuenta")


async def close_session(
    database: Database, session: StoredSession, motivo: Reason, require: Require = nobody_asks
) -> None:
    """End this one, whether it has a row or not. What has ended already stays as it is. Raises `NotFound`."""
    if await select_closed(database, [session.sesion]):
        return
    async with changing(database, session.usuario, require, "sesion") as connection:
        await upsert_closed(connection, session, motivo, utc_now())


async def end_all(connection: Connection, usuario: str, motivo: Reason) -> None:
    """Every session of this person, also those that nobody has seen yet, in a transaction in which the account changes."""
    now = utc_now()
    await update_sessions_since(connection, usuario, now)
    await close_sessions(connection, usuario, motivo, now)
