"""Who becomes an admin, and a customer again: the list, the marks and the proof agree with the messages."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from supportapp.config import Settings
from supportapp.desk.access import LastAdmin, deactivate
from supportapp.desk.claims import Claim, write_claims
from supportapp.desk.desk import Desk
from supportapp.desk.roles import set_role
from supportapp.desk.viewer import ROBOT_USER, Viewer
from supportapp.errors import NotFound, SupportError
from supportapp.store.changes import Change, select_changes
from supportapp.store.conversations import select_conversations
from supportapp.store.database import Database
from supportapp.store.proof import (
    select_numbering,
    select_senders_with_holes,
    select_wrong_conversations,
    select_wrong_marks,
)
from supportapp.store.sequence import lock_head
from supportapp.store.users import select_user

CUSTOMERS, DESK_PEOPLE = ("ana", "luis", "extrano"), ("marta", "elena")


@pytest.fixture
async def desk(settings: Settings, people: object) -> AsyncIterator[Desk]:
    desk = Desk(settings)
    await desk.start()
    yield desk
    await desk.stop()


async def say(desk: Desk, de: str, para: str, mensaje: str = "hola") -> None:
    user = await select_user(desk.database, de)
    assert user is not None
    await desk.send(Viewer(user.usuario, user.nombre, user.rol), {"para": para, "mensaje": mensaje})


async def rows(database: Database) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.fetch_all("SELECT * FROM conversaciones ORDER BY usuario")]


async def names(database: Database) -> set[str]:
    return {row.usuario for row in await select_conversations(database, "marta")}


async def assert_proven(database: Database) -> None:
    assert (await select_numbering(database)).whole
    assert await select_senders_with_holes(database) == []
    assert await select_wrong_conversations(database, ROBOT_USER) == []
    assert await select_wrong_marks(database) == []


@pytest.mark.parametrize("seed", range(6))
async def test_there_and_back_the_row_is_what_the_writer_had_made_of_it(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    everybody = [*CUSTOMERS, *DESK_PEOPLE, "admin"]
    for _ in range(chance.randrange(3, 25)):
        de, para = chance.sample(everybody, 2)
        await say(desk, de, para, chance.choice(["hola", "x" * 200, "a\n\n b", "🏳️‍🌈" * 60]))
    before = await rows(desk.database)
    for usuario in CUSTOMERS:
        assert await set_role(desk.database, usuario, "admin")
        assert usuario not in await names(desk.database)
        await desk.database.execute("DELETE FROM conversaciones WHERE usuario = :u", {"u": usuario})
        assert await set_role(desk.database, usuario, "user")
    assert await rows(desk.database) == before
    await assert_proven(desk.database)


async def test_what_was_said_meanwhile_is_in_the_conversation(desk: Desk) -> None:
    database = desk.database
    await say(desk, "ana", "admin", "¿hay alguien?")
    await set_role(database, "ana", "admin")
    await say(desk, "ana", "luis", "le atiendo yo")
    await say(desk, "luis", "ana", "gracias")
    await say(desk, "marta", "ana", "bienvenida")
    await set_role(database, "ana", "user")
    (ana,) = [row for row in await rows(database) if row["usuario"] == "ana"]
    assert (ana["ultimo_id"], ana["ultimo_de"], ana["vista_previa"]) == (4, "marta", "bienvenida")
    assert (ana["recibidos"], ana["esperando_desde"], ana["con_mesa"]) == (1, None, 1)
    await say(desk, "ana", "admin", "otra cosa")
    assert await names(database) == {"ana", "luis"}
    await assert_proven(database)


async def test_who_only_ever_was_of_the_desk_has_no_conversation(desk: Desk) -> None:
    await say(desk, "elena", "marta")
    await say(desk, "elena", "luis")
    assert await set_role(desk.database, "elena", "user")
    assert await names(desk.database) == {"luis"}
    await assert_proven(desk.database)
    await say(desk, "elena", "admin", "ya no soy de la mesa")
    assert await names(desk.database) == {"elena", "luis"}
    await assert_proven(desk.database)


async def test_what_an_admin_has_read_of_others_is_forgotten_with_the_role(desk: Desk) -> None:
    for usuario in CUSTOMERS:
        await say(desk, usuario, "admin")
    await say(desk, "marta", "elena")
    read = {(lector, usuario): Claim(3, 3) for lector in DESK_PEOPLE for usuario in CUSTOMERS}
    await write_claims(desk.database, read)
    await set_role(desk.database, "elena", "user")
    left = await desk.database.fetch_all("SELECT lector, usuario FROM lecturas WHERE lector <> usuario")
    assert {(row["lector"], row["usuario"]) for row in left} == {("marta", one) for one in CUSTOMERS}
    await assert_proven(desk.database)


async def test_whoever_writes_while_roles_change_is_counted_once(desk: Desk) -> None:
    """A message is of the desk or to it; none falls between, whichever was first."""

    async def writes(de: str, para: str) -> None:
        for number in range(25):
            try:
                await say(desk, de, para, f"{de} {number}")
            except SupportError as error:
                assert error.code in ("sesion", "destinatario")  # noqa: PT017

    async def changes() -> None:
        for rol in ("admin", "user") * 5:
            await set_role(desk.database, "ana", rol)

    await asyncio.gather(writes("ana", "luis"), writes("luis", "ana"), writes("marta", "ana"), changes())
    await say(desk, "ana", "admin")
    await assert_proven(desk.database)
    assert "ana" in await names(desk.database)


async def test_a_role_waits_for_the_writer_who_goes_by_the_one_of_before(
    database: Database, people: object
) -> None:
    async with database.transaction() as writer:
        await writer.ask(lock_head(database.dialect))
        changing = asyncio.create_task(set_role(database, "ana", "admin"))
        await asyncio.sleep(0.3)
        assert not changing.done()
        ana = await select_user(writer, "ana")
        assert ana is not None
        assert ana.rol == "user"
    assert await changing


async def test_nothing_changes_where_nothing_has_to(database: Database, people: object) -> None:
    assert not await set_role(database, "ana", "user")
    assert not await set_role(database, "marta", "admin")
    for nobody in ("nadie", "ANA", "ana "):
        with pytest.raises(NotFound):
            await set_role(database, nobody, "admin")
    assert {change.clave for change in (await select_changes(database, 0, 10))[1]} == {"ana", "marta"}


async def test_somebody_is_always_left_who_can_answer(database: Database, people: object) -> None:
    with pytest.raises(LastAdmin):
        await set_role(database, "admin", "user")
    await deactivate(database, "marta")
    with pytest.raises(LastAdmin):
        await set_role(database, "elena", "user")
    elena = await select_user(database, "elena")
    assert elena is not None
    assert elena.rol == "admin"
    assert (await select_changes(database, 0, 10))[1] == [Change(1, "cuenta", "marta")]


async def test_of_all_admins_who_are_demoted_at_once_one_is_left(database: Database, people: object) -> None:
    ended = await asyncio.gather(
        *(set_role(database, usuario, "user") for usuario in DESK_PEOPLE), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in ended) == ["LastAdmin", "bool"]
