"""Who may come in: closing an account and opening it again, ending somebody's sessions."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from supportapp.desk.audit import COMMAND_LINE, Actor, recording
from supportapp.desk.moment import utc_now
from supportapp.desk.viewer import DESK
from supportapp.errors import NotFound
from supportapp.store.access import select_able, update_active, update_sessions_since
from supportapp.store.audit import Deed
from supportapp.store.changes import Kind
from supportapp.store.database import Connection, Database
from supportapp.store.links import delete_links
from supportapp.store.sessions import Reason, StoredSession, close_sessions, select_closed, upsert_closed
from supportapp.store.users import select_user

NOBODYS = re.compile("^.{65}|[\ud800-\udfff]", re.DOTALL)
"""What no column of names takes."""


class LastAdmin(Exception):  # noqa: N818
    """Nobody could sign in any more to answer."""


class LastManager(LastAdmin):
    """Nobody could sign in any more to see to the people."""


@asynccontextmanager
async def changing(
    database: Database,
    usuario: str,
    que: Deed,
    actor: Actor = COMMAND_LINE,
    tipo: Kind = "cuenta",
    **details: object,
) -> AsyncIterator[Connection]:
    """A transaction in which this person's account or sessions change, one after the other; raises `NotFound`.

    It ends with the entry in the audit that `actor` did `que`, with `details`; every process hears of it once it is
    committed, and judges that person's sockets.
    """
    if NOBODYS.search(usuario):
        raise NotFound
    async with recording(database, que, usuario, actor, (tipo, usuario), **details) as connection:
        if await select_user(connection, usuario) is None:
            raise NotFound
        yield connection


async def deactivate(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> None:
    """Nobody signs in to this account any more, or writes to it; its sessions end, also for the day it is opened again.

    Raises `NotFound`, and `LastAdmin` where nobody would be left to answer; for the desk's own mailbox, too.
    """
    async with changing(database, usuario, "cierre", actor) as connection:
        await leave(connection, usuario)
        await update_active(connection, usuario, False)
        await end_all(connection, usuario, "cuenta")


async def leave(connection: Connection, usuario: str) -> None:
    """That the desk would not be deserted without this person; raises `LastAdmin`, for the desk's own mailbox, too."""
    if usuario == DESK or {*await select_able(connection, utc_now())} == {usuario}:
        raise LastAdmin
    await give_up(connection, usuario)


async def give_up(connection: Connection, usuario: str) -> None:
    """That somebody else may see to the people; raises `LastManager`."""
    able = await select_able(connection, utc_now())
    if {name for name, administra in able.items() if administra} == {usuario}:
        raise LastManager


async def activate(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> None:
    """The account is open again, with the password that it had. Raises `NotFound`."""
    async with changing(database, usuario, "apertura", actor) as connection:
        await update_active(connection, usuario, True)


async def end_sessions(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> None:
    """Whoever is signed in as this person has to sign in again, on every device. Raises `NotFound`."""
    async with changing(database, usuario, "sesiones", actor) as connection:
        await end_all(connection, usuario, "cuenta")


async def close_session(
    database: Database, session: StoredSession, motivo: Reason, actor: Actor = COMMAND_LINE
) -> bool:
    """End this one, whether it has a row or not. What has ended already stays as it is: then False. Raises `NotFound`."""
    if await select_closed(database, [session.sesion]):
        return False
    que: Deed = "salida" if motivo == "salida" else "sesion"
    async with changing(database, session.usuario, que, actor, "sesion", sesion=session.sesion) as connection:
        await upsert_closed(connection, session, motivo, utc_now())
    return True


async def end_all(connection: Connection, usuario: str, motivo: Reason) -> None:
    """Every session of this person, also those that nobody has seen yet, and every link to set their password; in a
    transaction in which the account changes."""
    now = utc_now()
    await delete_links(connection, usuario)
    await update_sessions_since(connection, usuario, now)
    await close_sessions(connection, usuario, motivo, now)
