"""Who is erased leaves no text and no name behind, and the numbers of all messages stay whole."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from supportapp.config import Settings
from supportapp.desk import erasing
from supportapp.desk.access import LastAdmin, close_session
from supportapp.desk.accounts import Accounts
from supportapp.desk.claims import Claim, write_claims
from supportapp.desk.desk import Desk
from supportapp.desk.erasing import PREFIX, begin, erase, finish_begun
from supportapp.desk.exporting import export
from supportapp.desk.roles import set_role
from supportapp.desk.sessions import Sessions
from supportapp.desk.viewer import Viewer
from supportapp.errors import FormErrors, NotFound, SupportError
from supportapp.store.changes import Change, select_changes
from supportapp.store.conversations import select_conversation, select_conversations
from supportapp.store.database import Database
from supportapp.store.emptying import select_erased_messages
from supportapp.store.erasing import lock_there, select_unfinished
from supportapp.store.grams import write_missing
from supportapp.store.messages import Message, select_messages_after, select_messages_since
from supportapp.store.sequence import lock_head, select_place
from supportapp.store.sessions import upsert_seen
from supportapp.store.users import insert_user, select_user
from tests.conftest import JOINED
from tests.desk.erased import assert_proven, files_with, tables_with
from tests.open_sessions import a_session

SECRET = "Zanahoria"
"""Stands in every text of Ana's conversation."""


@pytest.fixture
async def desk(settings: Settings, people: object) -> AsyncIterator[Desk]:
    desk = Desk(settings.model_copy(update={"commit_deadline_ms": 5000}))  # no outage on a busy machine
    await desk.start()
    yield desk
    await desk.stop()


async def say(desk: Desk, de: str, para: str, mensaje: str, **more: str) -> int:
    user = await select_user(desk.database, de)
    assert user is not None
    saved = await desk.send(
        Viewer(user.usuario, user.nombre, user.rol), {"para": para, "mensaje": mensaje, **more}
    )
    return saved.id  # type: ignore[union-attr]


async def talk(desk: Desk, rounds: int = 3) -> None:
    """Ana with the desk and with Luis; others, who say the same word, without her."""
    for number in range(rounds):
        await say(desk, "ana", "admin", f"{SECRET} {number} {'x' * (number * 97 % 2000)}")
        await say(desk, "marta", "ana", f"{SECRET} sí {number}")
        await say(desk, "ana", "luis", f"{SECRET} a Luis {number}")
        await say(desk, "luis", "ana", f"{SECRET} a Ana {number}")
        await say(desk, "luis", "admin", f"Soy Luis {number}")
        await say(desk, "marta", "luis", f"Buenas, Luis {number}")
    await write_claims(desk.database, {("marta", "ana"): Claim(999, 999), ("ana", "ana"): Claim(999, 999)})
    while await write_missing(desk.database, 100):
        pass
    await upsert_seen(desk.database, [a_session("ana", "a" * 32)])


async def everything(database: Database) -> list[Message]:
    return await select_messages_since(database, 0, 10_000)


async def test_texts_and_name_are_gone_and_everything_else_is_as_it_was(
    desk: Desk, settings: Settings
) -> None:
    await talk(desk)
    database, before = desk.database, await everything(desk.database)
    assert await tables_with(database, SECRET) == {"mensajes", "conversaciones"}
    assert {"usuarios", "mensajes", "conversaciones", "lecturas", "sesiones"} <= await tables_with(
        database, "ana"
    )
    assert await erase(database, "ana") == 12
    await assert_proven(database)
    after = await everything(database)
    assert len(after) == len(before)
    (seudonimo,) = {m.para_usuario for m in after if m.para_usuario.startswith(PREFIX)}
    for was, now in zip(before, after, strict=True):
        ours = "ana" in (was.de_usuario, was.para_usuario)
        assert (now.id, now.fecha, now.numero, now.id_cliente) == (
            was.id,
            was.fecha,
            was.numero,
            was.id_cliente,
        )
        assert now.de_usuario == was.de_usuario.replace("ana", seudonimo)
        assert now.mensaje == ("" if ours else was.mensaje)
        assert (now.borrado is not None) == ours
    assert (await select_erased_messages(database)).count == 12
    huellas = await database.fetch_all("SELECT huella FROM mensajes WHERE borrado IS NOT NULL")
    assert {row["huella"] for row in huellas} == {""}  # a short text is guessed by it
    assert await tables_with(database, SECRET) == set()
    words = {
        str(value) for row in await database.fetch_all("SELECT * FROM usuarios") for value in row.values()
    }
    assert not {"ana", "Ana"} & words
    for table, column in (
        ("gramas", "usuario"), ("sesiones", "usuario"), ("lecturas", "lector"), ("lecturas", "usuario"),
        ("conversaciones", "usuario"), ("conversaciones", "ultimo_de"), ("borrados", "usuario"),
    ):  # fmt: skip
        assert await database.fetch_val(f"SELECT COUNT(*) AS n FROM {table} WHERE {column} = 'ana'") == 0
    assert await database.empty_log()
    assert files_with(settings, SECRET) == []


async def test_the_list_says_so_and_nobody_waits(desk: Desk) -> None:
    await talk(desk)
    await say(desk, "ana", "admin", SECRET)
    await say(desk, "ana", "luis", SECRET)  # the latest of both
    await erase(desk.database, "ana")
    rows = {row.usuario: row for row in await select_conversations(desk.database, "marta")}
    (seudonimo,) = {*rows} - {"luis"}
    assert (rows[seudonimo].vista_previa, rows[seudonimo].esperando_desde) == ("", None)
    assert rows[seudonimo].nombre == seudonimo
    assert (rows["luis"].vista_previa, rows["luis"].ultimo_de) == ("", seudonimo)
    assert await select_conversation(desk.database, "marta", "ana") is None


async def test_nobody_writes_to_or_as_them_and_nobody_takes_the_name(desk: Desk) -> None:
    await talk(desk, 1)
    ana = Viewer("ana", "Ana", "user")
    await erase(desk.database, "ana")
    for who, para, code in (
        (ana, "admin", "sesion"),
        (Viewer("marta", "Marta", "admin"), "ana", "destinatario"),
    ):
        with pytest.raises(SupportError) as refused:
            await desk.send(who, {"para": para, "mensaje": SECRET})
        assert refused.value.code == code
    accounts = Accounts(desk.database)
    for name in ("ana", "ANA"):
        with pytest.raises(FormErrors) as taken:
            await accounts.register(name, "Otra", "correcta-5678-larga")
        assert taken.value.fields == {"user": "taken"}
    accounts.close()


async def test_what_was_sent_to_them_is_not_a_second_message_when_it_is_offered_again(desk: Desk) -> None:
    key = "k" * 20
    first = await say(desk, "marta", "ana", SECRET, id_cliente=key)
    await erase(desk.database, "ana")
    assert await say(desk, "marta", "ana", SECRET, id_cliente=key) == first
    assert len(await everything(desk.database)) == 1


async def test_an_admin_leaves_what_the_desk_said_and_takes_what_they_said_as_a_customer(desk: Desk) -> None:
    database = desk.database
    await say(desk, "ana", "admin", f"{SECRET} como clienta")
    await say(desk, "marta", "ana", f"{SECRET} respuesta")
    await set_role(database, "ana", "admin")
    await say(desk, "ana", "luis", "le atiendo yo")
    await say(desk, "luis", "ana", "gracias")
    await write_claims(database, {("ana", "luis"): Claim(9, 9)})
    await erase(database, "ana")
    rows = await everything(database)
    assert [row.mensaje for row in rows] == ["", "", "le atiendo yo", "gracias"]
    assert all(
        "ana" not in (row.de_usuario, row.para_usuario, row.de_nombre, row.para_nombre) for row in rows
    )
    luis = await select_conversation(database, "marta", "luis")
    assert luis is not None
    assert luis.vista_previa == "gracias"
    await assert_proven(database)
    assert await tables_with(database, SECRET) == set()


async def test_who_cannot_be_spared_is_not_erased(database: Database, people: object) -> None:
    with pytest.raises(LastAdmin):
        await erase(database, "admin")
    await erase(database, "marta")
    with pytest.raises(LastAdmin):
        await erase(database, "elena")
    for nobody in ("nadie", "ANA", "ana ", ""):
        with pytest.raises(NotFound):
            await erase(database, nobody)
    assert await select_unfinished(database) == {}
    elena = await select_user(database, "elena")
    assert elena is not None
    assert elena.activo


@pytest.mark.parametrize("died_after", range(6))
async def test_one_that_was_killed_is_gone_on_with(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, died_after: int
) -> None:
    monkeypatch.setattr("supportapp.desk.turns.MOST", 3)
    await talk(desk)
    database, steps = desk.database, 0
    whole, part = erasing.erase_parts, erasing.finish

    class Killed(Exception):  # noqa: N818
        pass

    def counted(step):  # type: ignore[no-untyped-def]
        async def run(*args):  # type: ignore[no-untyped-def]
            nonlocal steps
            if steps == died_after:
                raise Killed
            steps += 1
            return await step(*args)

        return run

    monkeypatch.setattr(erasing, "erase_parts", counted(whole))
    monkeypatch.setattr(erasing, "finish", counted(part))
    try:
        await erase(database, "ana")
    except Killed:
        assert "ana" in await select_unfinished(database)
        await assert_proven(database)
    monkeypatch.setattr(erasing, "erase_parts", whole)
    monkeypatch.setattr(erasing, "finish", part)
    await finish_begun(database)
    await assert_proven(database)
    assert await tables_with(database, SECRET) == set()
    assert await select_user(database, "ana") is None
    seudonimos = await database.fetch_all(f"SELECT usuario FROM usuarios WHERE usuario LIKE '{PREFIX}%'")
    assert len(seudonimos) == 1


async def test_what_was_begun_is_finished_whoever_else_is_left_or_finishes_it(
    database: Database, people: object
) -> None:
    await begin(database, "marta")
    await database.execute("UPDATE usuarios SET pass = NULL WHERE usuario <> 'marta'")
    await asyncio.gather(*(finish_begun(database) for _ in range(3)))
    assert await select_unfinished(database) == {}
    assert await select_user(database, "marta") is None
    await assert_proven(database)


async def test_whom_a_site_gives_the_old_name_again_is_exported_and_erased_like_anybody(
    desk: Desk, database: Database
) -> None:
    await erase(database, "ana")
    await insert_user(database, "ana", "Otra Ana", "user", None, JOINED)
    await say(desk, "ana", "admin", SECRET)
    found = await export(database, "ana")
    assert [message.mensaje async for message in found.mensajes] == [SECRET]
    assert await erase(database, "ana") == 1
    assert await tables_with(database, SECRET, "Otra") == set()
    await assert_proven(database)


async def test_two_who_erase_the_same_person_do_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportapp.desk.turns.MOST", 10)
    await talk(desk)
    done = await asyncio.gather(*(erase(desk.database, "ana") for _ in range(3)), return_exceptions=True)
    assert any(isinstance(one, int) for one in done)
    assert all(isinstance(one, int | NotFound) for one in done), done
    await assert_proven(desk.database)
    assert await tables_with(desk.database, SECRET) == set()


async def test_whoever_writes_meanwhile_is_stored_before_or_refused_and_nothing_slips_in_after(
    desk: Desk,
) -> None:
    stored: list[str] = []

    async def writes(de: str, para: str) -> None:
        for number in range(60):
            text = f"{SECRET} {de} {number}"
            try:
                await say(desk, de, para, text)
                stored.append(text)
            except (SupportError, AssertionError) as error:
                assert getattr(error, "code", "gone") in ("sesion", "destinatario", "gone")  # noqa: PT017

    async def erases() -> int:
        await asyncio.sleep(random.uniform(0.01, 0.05))
        return await erase(desk.database, "ana")

    *_, count = await asyncio.gather(
        writes("ana", "admin"), writes("marta", "ana"), writes("ana", "luis"), writes("luis", "ana"), erases()
    )
    assert 0 < count == len(stored) == len(await everything(desk.database))
    assert await tables_with(desk.database, SECRET) == set()
    await assert_proven(desk.database)


async def test_it_waits_for_the_writer_who_still_finds_the_account_open(
    database: Database, people: object
) -> None:
    async with database.transaction() as writer:
        await writer.ask(lock_head(database.dialect))
        closing = asyncio.create_task(begin(database, "ana"))
        await asyncio.sleep(0.3)
        assert not closing.done()
        ana = await select_user(writer, "ana")
        assert ana is not None
        assert ana.activo
    await closing


async def test_what_others_note_of_an_account_leaves_no_name(desk: Desk, database: Database) -> None:
    """A session that was used, one that is signed out of, and what somebody has read of them."""
    sessions = Sessions(database, lambda rol: 3600)
    await erase(database, "ana")
    sessions._waiting["a" * 32] = a_session("ana", "a" * 32)
    await sessions.write()
    with pytest.raises(NotFound):
        await close_session(database, a_session("ana", "b" * 32), "salida")
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM sesiones") == 0
    await write_claims(database, {("marta", "ana"): Claim(9, 9)})
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM lecturas") == 0
    tipos = [change.tipo for change in (await select_changes(database, 0, 100))[1]]
    assert tipos == ["cuenta", "borrado", "borrado"]


async def test_who_is_looked_at_under_a_lock_is_not_gone_before_what_is_noted_of_them(
    database: Database, people: object
) -> None:
    async with database.transaction() as noting:
        found = await noting.ask(lock_there(noting, ["ana", "nadie"]))
        assert [row["usuario"] for row in found[0]] == ["ana"]
        erasing_ana = asyncio.create_task(erase(database, "ana"))
        await asyncio.sleep(0.3)
        assert not erasing_ana.done()
        await noting.execute("INSERT INTO gramas (grama, usuario) VALUES ('ana', 'ana')")
    await erasing_ana
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM gramas WHERE usuario = 'ana'") == 0


async def test_others_in_whose_conversations_texts_were_are_told(desk: Desk) -> None:
    await talk(desk, 1)
    await erase(desk.database, "ana")
    changes = (await select_changes(desk.database, 0, 100))[1]
    assert [(change.tipo, change.clave) for change in changes] == [
        ("cuenta", "ana"), ("borrado", "ana"), ("mensajes", "luis"), ("borrado", "ana"),
    ]  # fmt: skip
    assert isinstance(changes[0], Change)


async def test_followers_take_the_table_for_the_same_one(desk: Desk) -> None:
    """The last message changes its sender; that is no restored database."""
    await talk(desk, 1)
    await say(desk, "ana", "admin", SECRET)
    epoca = desk.dispatcher.epoca
    await asyncio.sleep(0.3)
    await erase(desk.database, "ana")
    await asyncio.sleep(0.6)
    assert (await select_place(desk.database, 0)).epoca == epoca
    await say(desk, "luis", "admin", "sigo aquí")


async def test_a_history_is_where_it_was_under_the_other_name(desk: Desk) -> None:
    await talk(desk)
    before = [row.id for row in await select_messages_after(desk.database, "ana", 0, 100)]
    await erase(desk.database, "ana")
    (seudonimo,) = {
        m.para_usuario for m in await everything(desk.database) if m.para_usuario.startswith(PREFIX)
    }
    after = await select_messages_after(desk.database, seudonimo, 0, 100)
    assert [row.id for row in after] == before
    assert await select_messages_after(desk.database, "ana", 0, 100) == []
