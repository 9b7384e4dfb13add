"""What a message does to the list of conversations: preview, unread, who waits and since when."""

from collections.abc import Awaitable, Callable

import pytest

from supportapp.config import Settings
from supportapp.desk import reading
from supportapp.desk.claims import Claim, write_claims
from supportapp.desk.desk import Desk
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import Window
from supportapp.errors import NotFound
from supportapp.store.conversations import Conversation, select_desk_conversations
from supportapp.store.database import Database

ROLES = {
    "ana": "user",
    "luis": "user",
    "extrano": "user",
    "marta": "admin",
    "elena": "admin",
    "admin": "admin",
}
Say = Callable[[str, str, str], Awaitable[None]]


def viewer(usuario: str) -> Viewer:
    return Viewer(usuario, usuario.title(), ROLES[usuario])


@pytest.fixture
async def desk(settings: Settings, people: object):  # type: ignore[no-untyped-def]
    desk = Desk(settings)
    await desk.start()
    yield desk
    await desk.stop()


@pytest.fixture
def say(desk: Desk) -> Say:
    async def say(de: str, para: str, text: str) -> None:
        await desk.send(viewer(de), {"para": para, "mensaje": text})

    return say


async def listed(desk: Desk, lector: str = "marta") -> dict[str, Conversation]:
    page = await reading.conversations(desk.database, viewer(lector), Window())
    return {row.usuario: row for row in page.conversations}


async def test_a_message_to_the_desk_waits_until_any_admin_answers(desk: Desk, say: Say) -> None:
    await say("ana", "admin", "uno")
    since = (await listed(desk))["ana"].esperando_desde
    await say("ana", "marta", "dos")
    row = (await listed(desk))["ana"]
    assert since is not None
    assert (row.esperando_desde, row.recibidos, row.vista_previa, row.ultimo_de) == (since, 2, "dos", "ana")
    await say("elena", "ana", "voy")
    row = (await listed(desk))["ana"]
    assert (row.esperando_desde, row.recibidos, row.ultimo_de, row.con_mesa) == (None, 2, "elena", True)


async def test_between_users_nobody_waits_and_only_the_sender_appears(
    desk: Desk, say: Say, database: Database
) -> None:
    await say("ana", "luis", "entre nosotros")
    rows = await listed(desk)
    assert set(rows) == {"ana"}
    assert (rows["ana"].esperando_desde, rows["ana"].unread, rows["ana"].con_mesa) == (None, 1, False)
    assert await select_desk_conversations(database) == []


async def test_a_conversation_that_exists_shows_what_it_received(desk: Desk, say: Say) -> None:
    await say("luis", "admin", "hola")
    await say("ana", "luis", "¿y bien?")
    luis = (await listed(desk))["luis"]
    assert (luis.vista_previa, luis.ultimo_de, luis.recibidos) == ("¿y bien?", "ana", 1)
    assert luis.esperando_desde is not None


async def test_admins_among_themselves_have_no_conversation(desk: Desk, say: Say) -> None:
    await say("marta", "elena", "hola")
    assert await listed(desk) == {}


async def test_unread_is_each_admins_own_and_never_goes_back(desk: Desk, say: Say) -> None:
    for text in ("uno", "dos", "tres"):
        await say("ana", "admin", text)
    assert await write_claims(desk.database, {("marta", "ana"): Claim(leido=2)}) == 1
    assert (await listed(desk, "marta"))["ana"].unread == 1
    assert (await listed(desk, "elena"))["ana"].unread == 3
    assert await write_claims(desk.database, {("marta", "ana"): Claim(leido=1)}) == 0
    assert (await listed(desk, "marta"))["ana"].unread == 1
    assert await write_claims(desk.database, {("marta", "ana"): Claim(leido=10**6)}) == 1
    await say("ana", "admin", "cuatro")
    assert (await listed(desk, "marta"))["ana"].unread == 1


async def test_latest_first_and_paged_without_gaps(desk: Desk, say: Say) -> None:
    for de in ("ana", "luis", "extrano", "ana"):
        await say(de, "admin", "hola")
    first = await reading.conversations(desk.database, viewer("marta"), Window(limite=2))
    rest = await reading.conversations(
        desk.database, viewer("marta"), Window(antes=first.conversations[-1].ultimo_id, limite=2)
    )
    assert ([row.usuario for row in first.conversations], first.more) == (["ana", "extrano"], True)
    assert ([row.usuario for row in rest.conversations], rest.more) == (["luis"], False)


async def test_two_with_the_same_latest_message_are_never_cut_apart(desk: Desk, say: Say) -> None:
    for de, para in (("luis", "admin"), ("extrano", "admin"), ("ana", "luis")):
        await say(de, para, "hola")
    first = await reading.conversations(desk.database, viewer("marta"), Window(limite=1))
    assert ({row.usuario for row in first.conversations}, first.more) == ({"ana", "luis"}, True)
    news = await reading.conversations(desk.database, viewer("marta"), Window(despues=2, limite=1))
    assert ({row.usuario for row in news.conversations}, news.more) == ({"ana", "luis"}, False)


async def test_news_beyond_the_limit_are_the_nearest_so_that_none_is_skipped(desk: Desk, say: Say) -> None:
    for de in ("luis", "extrano", "ana"):
        await say(de, "admin", "hola")
    seen, cursor = [], 0
    while (
        page := await reading.conversations(desk.database, viewer("marta"), Window(despues=cursor, limite=1))
    ).conversations:
        seen += [row.usuario for row in page.conversations]
        cursor = max(row.ultimo_id for row in page.conversations)
    assert seen == ["luis", "extrano", "ana"]


async def test_a_preview_is_one_short_line(desk: Desk, say: Say) -> None:
    await say("ana", "admin", "primera\nsegunda\t" + "x" * 3000)
    preview = (await listed(desk))["ana"].vista_previa
    assert preview.startswith("primera segunda xxx")
    assert len(preview) == 120


@pytest.mark.parametrize("stranger", ["luis", "extrano"])
async def test_the_stranger_finds_nothing(desk: Desk, say: Say, stranger: str) -> None:
    await say("ana", "admin", "secreto")
    who = viewer(stranger)
    with pytest.raises(NotFound):
        await reading.history(desk.database, who, "ana", Window())
    with pytest.raises(NotFound):
        await reading.messages(desk.database, who, "ana", Window())
    with pytest.raises(NotFound):
        reading.everything(desk.database, who, "ana")
    with pytest.raises(NotFound):
        await reading.conversations(desk.database, who, Window())
    with pytest.raises(NotFound):
        await reading.conversation(desk.database, who, "ana")
    assert (await reading.history(desk.database, who, None, Window())).messages == []
