"""History and the list of conversations: every read of the page, first or later."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from supportapp.desk.states import Marks, State, select_marks
from supportapp.desk.viewer import DESK, Viewer
from supportapp.desk.window import Window
from supportapp.errors import NotFound
from supportapp.store.conversations import Conversation, select_conversation, select_conversations
from supportapp.store.database import Database
from supportapp.store.erasing import select_was_erased
from supportapp.store.marks import select_mark
from supportapp.store.messages import (
    Message,
    select_count_from,
    select_messages_after,
    select_messages_before,
    stream_messages,
)
from supportapp.store.users import User, select_user


@dataclass(frozen=True, slots=True)
class History:
    """A stretch of the conversation of `usuario`, oldest first.

    activo: whether the account is open. para: to whom this viewer writes here. more: older messages exist before the first one. marks: how far
    the viewer's own messages among them have come. unread: how many of the newest page the viewer has not read
    yet, from the id `unread_from` on. borrado: the person was erased, or is being.
    """

    usuario: str
    nombre: str
    activo: bool
    para: str
    messages: list[Message]
    more: bool
    marks: Marks
    unread: int = 0
    unread_from: int | None = None
    borrado: bool = False

    def state(self, message: Message) -> State:
        """How far `message`, one of the viewer's own, has come."""
        return self.marks.state(message)


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Conversations, latest first; `more`: there are older ones."""

    conversations: list[Conversation]
    more: bool


async def history(database: Database, viewer: Viewer, con: str | None, window: Window) -> History:
    """A page of what `con` (without it: the viewer) wrote and received; raises `NotFound`."""
    usuario = viewer.conversation(con)
    person, borrado = await select_person(database, viewer, usuario)
    if window.despues is not None:
        messages = await select_messages_after(database, usuario, window.despues, window.limite)
        more = False
    else:
        messages = await select_messages_before(database, usuario, window.antes, window.limite + 1)
        more = len(messages) > window.limite
        messages = messages[-window.limite :]
    para = usuario if viewer.is_admin else DESK
    own = [message for message in messages if message.de_usuario == viewer.usuario]
    marks = await select_marks(database, own)
    newest = window.antes is None and window.despues is None
    unread = await select_unread(database, viewer, usuario, messages) if newest else []
    return History(
        usuario,
        person.nombre,
        person.activo,
        para,
        messages,
        more,
        marks,
        len(unread),
        unread[0].id if unread else None,
        borrado,
    )


async def account(database: Database, viewer: Viewer, usuario: str) -> tuple[User, bool]:
    """The account of `usuario`, and whether it was erased, for admins; raises `NotFound`."""
    if not viewer.is_admin:
        raise NotFound
    return await select_person(database, viewer, usuario)


async def select_person(database: Database, viewer: Viewer, usuario: str) -> tuple[User, bool]:
    """Their account, and whether they were erased or are being, which an admin who knows the name may see: a page may show it still.

    Raises `NotFound`.
    """
    person = await select_user(database, usuario)
    if person and (person.activo or not viewer.is_admin):
        return person, False
    borrado = viewer.is_admin and await select_was_erased(database, usuario)
    if person is None and not borrado:
        raise NotFound
    return person or User(usuario, usuario, "user", False, None, None), borrado


async def select_unread(
    database: Database, viewer: Viewer, usuario: str, messages: list[Message]
) -> list[Message]:
    """Those of `messages` that this viewer has not read: received by themselves, or by the desk from `usuario`."""
    mark = await select_mark(database, viewer.usuario, usuario)
    read = mark.leido_hasta if mark else 0
    own = viewer.usuario == usuario
    return [m for m in messages if m.id > read and usuario == (m.para_usuario if own else m.de_usuario)]


async def messages(database: Database, viewer: Viewer, con: str | None, window: Window) -> list[Message]:
    """The messages of `history` alone, for programs: an unknown `con` simply has none."""
    usuario = viewer.conversation(con)
    if window.despues is not None:
        return await select_messages_after(database, usuario, window.despues, window.limite)
    return await select_messages_before(database, usuario, window.antes, window.limite)


def everything(database: Database, viewer: Viewer, con: str | None) -> AsyncIterator[Message]:
    """All that `con` wrote and received, oldest first, without holding it in memory; raises `NotFound`."""
    return stream_messages(database, viewer.conversation(con))


async def count_from(database: Database, viewer: Viewer, con: str | None, first: int) -> tuple[int, int]:
    """How many messages the conversation of `con` has from the id `first` on, and the last id; raises `NotFound`."""
    return await select_count_from(database, viewer.conversation(con), first)


async def conversations(
    database: Database, viewer: Viewer, window: Window, buscar: str = ""
) -> ConversationPage:
    """A page of the list, by the id of the latest message; for admins, everybody else gets `NotFound`.

    A message between two users is the latest of both, so a page may be one longer than `limite`: a cut
    between the two would hide one of them from whoever goes on from the other.
    """
    if not viewer.is_admin:
        raise NotFound
    rows = await select_conversations(
        database,
        viewer.usuario,
        before=window.antes,
        after=window.despues,
        search=buscar.strip(),
        limit=window.limite + 2,
    )
    rising = window.despues is not None
    near_first = rows[::-1] if rising else rows
    cut = window.limite
    while 0 < cut < len(rows) and near_first[cut].ultimo_id == near_first[cut - 1].ultimo_id:
        cut += 1
    page = near_first[:cut]
    return ConversationPage(page[::-1] if rising else page, len(rows) > cut)


async def conversation(database: Database, viewer: Viewer, usuario: str) -> Conversation:
    """The row of `usuario` in the list, as this viewer sees it; raises `NotFound`."""
    if not viewer.is_admin:
        raise NotFound
    row = await select_conversation(database, viewer.usuario, usuario)
    if row is None:
        raise NotFound
    return row
