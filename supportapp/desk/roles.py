"""Who is of the desk: making somebody an admin, and a customer again, with a conversation of their own."""

from supportapp.desk.access import changing, give_up, leave
from supportapp.desk.audit import COMMAND_LINE, Actor
from supportapp.desk.batch import preview
from supportapp.store.conversations import Summary, upsert_conversations
from supportapp.store.database import Connection, Database
from supportapp.store.roles import Past, delete_marks_of_reader, select_past, update_role
from supportapp.store.sequence import lock_head
from supportapp.store.users import select_user


async def set_role(
    database: Database,
    usuario: str,
    rol: str,
    administra: bool | None = None,
    actor: Actor = COMMAND_LINE,
) -> bool:
    """Give this person the role `admin` or `user`; whether anything changed.

    `administra`: whether an admin may see to the people; None leaves it as it is, and a user never does. Sockets change
    rooms, and a session that is longer than the new role's ends. Raises `NotFound`, `LastAdmin` where nobody would be
    left to answer (for the desk's own mailbox, too), and `LastManager` where nobody would be left who may.
    """
    details = {"rol": rol} if administra is None else {"rol": rol, "administra": administra}
    async with changing(database, usuario, "rol", actor, **details) as connection:
        # The writer of messages keeps the same rows, and goes by the role that he finds under this lock.
        await connection.ask(lock_head(connection.dialect))
        user = await select_user(connection, usuario)
        assert user is not None, "`changing` has found them"
        manages = rol == "admin" and (user.administra if administra is None else administra)
        if (user.rol, user.administra) == (rol, manages):
            return False
        if user.administra and not manages:
            await give_up(connection, usuario)
        if rol == "user":
            await leave(connection, usuario)
            await leave_the_desk(connection, usuario)
        await update_role(connection, usuario, rol, manages)
    return True


async def leave_the_desk(connection: Connection, usuario: str) -> None:
    """What they read of others is no longer theirs to have read, and their own conversation is in the list again."""
    await delete_marks_of_reader(connection, usuario)
    if past := await select_past(connection, usuario):
        await connection.ask(*upsert_conversations(connection.dialect, [summary(usuario, past)]))


def summary(usuario: str, past: Past) -> Summary:
    return Summary(
        usuario=usuario,
        ultimo_id=past.id,
        ultimo_de=past.de_usuario,
        vista_previa=preview(past.mensaje),
        ultima_fecha=past.fecha,
        recibidos=past.recibidos,
        esperando_desde=past.esperando_desde,
        con_mesa=past.con_mesa,
    )
