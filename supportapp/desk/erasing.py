"""Erasing a person: their texts, names, sessions and addresses go; ids, order and numbers of messages stay whole."""

import contextlib
import secrets
from collections.abc import Sequence

from supportapp.desk.access import end_all, leave
from supportapp.desk.audit import COMMAND_LINE, Actor, recording
from supportapp.desk.moment import utc_now
from supportapp.desk.turns import Turns
from supportapp.desk.viewer import ROBOT_DESK, ROBOT_USER
from supportapp.errors import NotFound
from supportapp.store.access import update_active
from supportapp.store.changes import insert_change
from supportapp.store.database import Connection, Database
from supportapp.store.emptying import empty_texts
from supportapp.store.erasing import (
    Part,
    delete_marks,
    delete_person,
    digest,
    insert_erasure,
    rename_messages,
    select_customers,
    select_parts,
    select_pseudonym,
    select_unfinished,
)
from supportapp.store.sequence import lock_head
from supportapp.store.users import User, insert_user, select_user

PREFIX = "borrado-"
MARKS_AT_ONCE = 200


async def erase(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> int:
    """Erase this person, and return how many messages were theirs; what was begun and not finished is gone on with.

    Raises `NotFound`, and `LastAdmin` where nobody would be left to answer; for the desk's own mailbox, too.
    """
    user, seudonimo = await begin(database, usuario, actor)
    count, turns = 0, Turns()
    while True:
        if parts := await select_parts(database, usuario, turns.size):
            async with turns.one():
                await erase_parts(database, user, seudonimo, parts)
            count += len(parts)
        elif await delete_marks(database, usuario, MARKS_AT_ONCE):
            continue
        elif await finish(database, usuario, seudonimo):
            return count


async def finish_begun(database: Database) -> None:
    """Go on with what another process began and did not finish."""
    for usuario in await select_unfinished(database):
        with contextlib.suppress(NotFound):  # whoever began it has finished it meanwhile
            await erase(database, usuario)


async def begin(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> tuple[User, str]:
    """Close the account for good: who this was, and the name under which their messages stay.

    Under the lock of the messages: whoever writes after it finds the account closed, and what was written before is seen.
    The audit says that somebody was erased, by the digest that stays, not by the name.
    """
    known_by = digest(usuario)
    async with recording(database, "borrado", None, actor, ("cuenta", usuario), clave=known_by) as connection:
        await insert_change(connection, "borrado", usuario, utc_now())
        await connection.ask(lock_head(connection.dialect))
        user = await select_user(connection, usuario)
        if user is None or usuario in (ROBOT_USER, ROBOT_DESK):
            raise NotFound
        seudonimo = await select_pseudonym(connection, usuario)
        if seudonimo is None:
            await leave(connection, usuario)
            seudonimo = PREFIX + secrets.token_hex(8)
            await insert_user(connection, seudonimo, seudonimo, user.rol, None, utc_now())
            await update_active(connection, seudonimo, False)
            await insert_erasure(connection, usuario, seudonimo)
        await update_active(connection, usuario, False)
        await end_all(connection, usuario, "cuenta")
    return user, seudonimo


async def erase_parts(database: Database, user: User, seudonimo: str, parts: Sequence[Part]) -> None:
    """Put the pseudonym into these messages, and empty those that are the person's; others' pages hear of it."""
    usuario, ids = user.usuario, [part.id for part in parts]
    theirs = [part for part in parts if is_theirs(part, user)]
    others = sorted({name for part in theirs for name in (part.de_usuario, part.para_usuario)} - {usuario})
    async with database.transaction() as connection:
        for customer in await select_customers(connection, others):
            await insert_change(connection, "mensajes", customer, utc_now())
        if theirs:
            await empty_texts(connection, [part.id for part in theirs], utc_now())
        await rename_messages(connection, ids, usuario, seudonimo)


def is_theirs(part: Part, user: User) -> bool:
    """Whether the text goes: what they said and were told as a customer. What the desk told others stays theirs to read."""
    if part.de_usuario == user.usuario:
        return not part.de_admin
    return bool(part.de_admin) or user.rol != "admin"


async def finish(database: Database, usuario: str, seudonimo: str) -> bool:
    """Take the name out of everything else, unless a message has it still; whether that is done, by us or another."""
    async with database.transaction() as connection:
        await insert_change(connection, "borrado", usuario, utc_now())
        await lock_all(connection)
        if await select_parts(connection, usuario, 1):
            return False
        await delete_person(connection, usuario, seudonimo)
    return True


async def lock_all(connection: Connection) -> None:
    """Of messages and of marks, in the order in which all take them."""
    await connection.ask(lock_head(connection.dialect), lock_head(connection.dialect, "lecturas"))
