"""Where people are signed in, as the table has it: noted, shown to their person, ended by them, forgotten."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from supportapp.config import Settings
from supportapp.desk import sessions as sessions_module
from supportapp.desk.access import close_session, end_sessions
from supportapp.desk.accounts import Accounts
from supportapp.desk.directory import Directory
from supportapp.desk.identity import Identity, Session
from supportapp.desk.moment import utc_now
from supportapp.desk.sessions import Sessions
from supportapp.desk.viewer import Viewer
from supportapp.errors import InvalidSession, NotFound
from supportapp.store.changes import select_last_change
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.sessions import delete_over, upsert_seen
from tests.clients.people import token
from tests.open_sessions import a_session

ANA, LUIS = Viewer("ana", "Ana", "user"), Viewer("luis", "Luis", "user")
HOUR = timedelta(hours=1)
A, B, C, D = (letter * 32 for letter in "abcd")


@pytest.fixture
def identity(settings: Settings, database: Database, people: object) -> Identity:
    return Identity(settings, database, Directory())


@pytest.fixture
def sessions(database: Database, people: object) -> Sessions:
    return Sessions(database, lambda rol: 3600)


async def signed_in(identity: Identity) -> Session:
    return await identity.session(identity.issue("ana", "Ana", "user"))


async def rows(database: Database) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.fetch_all("SELECT * FROM sesiones ORDER BY sesion")]


async def test_a_session_gets_its_row_at_first_sight(
    sessions: Sessions, identity: Identity, database: Database, settings: Settings
) -> None:
    own = await signed_in(identity)
    exp = int(time.time()) + 600
    site = await identity.session(token(settings.jwt_secret.get_secret_value(), "ana", exp=exp))
    sessions.seen(own, "192.0.2.7", "Lynx")
    sessions.seen(site, "2001:db8::1", "")
    await sessions.write()
    found = {row["sesion"]: row for row in await rows(database)}
    assert {row["modo"] for row in found.values()} == {"clave", "sitio"}
    first = found[own.key]
    assert (first["usuario"], first["direccion"], first["navegador"]) == ("ana", "192.0.2.7", "Lynx")
    assert abs(first["vista"] - utc_now()) < timedelta(seconds=20)
    assert abs(first["fin"] - first["creada"] - timedelta(days=30)) < timedelta(seconds=2)
    assert found[site.key]["fin"].timestamp() == pytest.approx(
        found[site.key]["creada"].timestamp() + 3600, abs=1
    )
    assert [one.sesion for one in await sessions.of(ANA)] == [
        row["sesion"] for row in sorted(found.values(), key=lambda row: row["vista"], reverse=True)
    ]


async def test_use_is_noted_once_a_minute_and_moves_no_beginning(
    sessions: Sessions, identity: Identity, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await signed_in(identity)
    sessions.seen(session, "192.0.2.7", "Lynx")
    await sessions.write()
    (before,) = await rows(database)
    sessions.seen(session, "192.0.2.8", "Lynx")
    await sessions.write()
    assert await rows(database) == [before]
    monkeypatch.setattr(sessions_module, "NOTED_EVERY", 0.0)
    sessions.seen(session, "192.0.2.8", "Lynx")
    await sessions.write()
    (after,) = await rows(database)
    assert after["vista"] > before["vista"]
    assert after | {"vista": 0} == before | {"vista": 0, "direccion": "192.0.2.8"}


async def test_what_a_client_says_of_itself_fits(
    sessions: Sessions, identity: Identity, database: Database
) -> None:
    sessions.seen(await signed_in(identity), "ñ" * 300, "'; DROP TABLE sesiones; -- 😀" * 40)
    await sessions.write()
    (row,) = await rows(database)
    assert row["direccion"] == "?" * 64
    assert row["navegador"].startswith("'; DROP TABLE sesiones; -- 😀'")
    assert len(row["navegador"]) <= 255


async def test_what_is_ended_stays_ended_though_it_was_just_used(
    sessions: Sessions, identity: Identity, database: Database
) -> None:
    own = identity.issue("ana", "Ana", "user")
    session = await identity.session(own)
    sessions.seen(session, "192.0.2.7", "Lynx")
    await identity.close([own])  # before its row was written
    await sessions.write()
    (row,) = await rows(database)
    assert (row["motivo"], row["navegador"]) == ("salida", "Lynx")
    changes = await select_last_change(database)
    await identity.close([own, own])  # signed out of again and again it costs nobody anything
    assert await select_last_change(database) == changes
    assert await rows(database) == [row]
    assert row["cerrada"] is not None
    with pytest.raises(InvalidSession):
        await identity.session(own)
    assert await sessions.of(ANA) == []


async def test_the_list_shows_what_may_still_be_used_and_nobody_elses(
    sessions: Sessions, database: Database
) -> None:
    now = utc_now()
    idle = {"creada": now - timedelta(hours=3), "vista": now - timedelta(hours=2)}
    shown = a_session("ana", A)
    site = a_session("ana", B, modo="sitio", **idle)
    unused = a_session("ana", C, **idle)
    over = a_session("ana", D, fin=now - timedelta(seconds=1))
    ended, others = a_session("ana", "e" * 32), a_session("luis", "f" * 32)
    await upsert_seen(database, [shown, site, unused, over, ended, others])
    await close_session(database, ended, "cerrada")
    assert [one.sesion for one in await sessions.of(ANA)] == [A, B]
    assert await sessions.of(LUIS) == [others]
    await end_sessions(database, "ana")
    assert await sessions.of(ANA) == []
    assert await sessions.of(LUIS) == [others]


async def test_one_ends_ones_own_and_no_others(
    sessions: Sessions, identity: Identity, database: Database
) -> None:
    ana = identity.issue("ana", "Ana", "user")
    session = await identity.session(ana)
    sessions.seen(session, "192.0.2.7", "Lynx")
    await sessions.write()
    before = await rows(database)
    for who, what in ((LUIS, session.key), (ANA, "0" * 32), (ANA, ""), (ANA, session.key.upper())):
        with pytest.raises(NotFound):
            await sessions.end(who, what)
    assert await rows(database) == before
    assert (await identity.session(ana)).key == session.key
    await sessions.end(ANA, session.key)
    with pytest.raises(InvalidSession):
        await identity.session(ana)
    with pytest.raises(NotFound):
        await sessions.end(ANA, session.key)
    assert [row["motivo"] for row in await rows(database)] == ["cerrada"]


async def test_noting_and_ending_and_forgetting_at_once_undo_nobody(
    database: Database, people: object
) -> None:
    """They lock the same rows by different keys; the server would break a circle by undoing one of them."""
    random, now = Random(7), utc_now()
    keys = [f"{random.getrandbits(128):032x}" for _ in range(1000)]
    others = [a_session("luis", f"{number:032x}") for number in range(4000)]
    await upsert_seen(database, others)  # or it would not go by the index
    for round_ in range(20):
        await database.execute("DELETE FROM sesiones WHERE usuario = 'ana'")
        open_ones = [a_session("ana", key, fin=now + HOUR * random.uniform(-0.3, 1)) for key in keys]
        await upsert_seen(database, open_ones)
        await asyncio.gather(
            upsert_seen(database, open_ones),
            end_sessions(database, "ana"),
            delete_over(database, now),
            close_session(database, a_session("ana", keys[round_]), "cerrada"),
            upsert_seen(database, open_ones[500:]),
        )


async def test_a_new_password_and_a_closed_account_say_why(database: Database, people: object) -> None:
    await upsert_seen(database, [a_session("ana", A), a_session("luis", B), a_session("marta", C)])
    accounts = Accounts(database)
    assert await accounts.set_password("ana", "otra-contraseña")
    accounts.close()
    await end_sessions(database, "marta")
    assert [(row["usuario"], row["motivo"]) for row in await rows(database)] == [
        ("ana", "clave"),
        ("luis", None),
        ("marta", "cuenta"),
    ]


async def test_notes_outlive_an_outage(
    sessions: Sessions, identity: Identity, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    sessions.seen(await signed_in(identity), "192.0.2.7", "Lynx")
    with monkeypatch.context() as broken:
        broken.setattr(sessions_module, "upsert_seen", away)
        with pytest.raises(DatabaseUnavailable):
            await sessions.write()
    await sessions.write()
    assert len(await rows(database)) == 1


async def test_who_floods_it_with_sessions_fills_no_memory(
    sessions: Sessions, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions_module, "MOST_NOTED", 3)
    session = await signed_in(identity)
    for number in range(10):
        viewer = replace(session.viewer, sesion_clave=f"{number:032}")
        sessions.seen(replace(session, viewer=viewer), "192.0.2.7", "Lynx")
    await sessions.write()
    assert len(await sessions.of(ANA)) == 3


async def test_those_whose_time_has_come_are_forgotten(database: Database, people: object) -> None:
    now = utc_now()
    await upsert_seen(database, [a_session("ana", A, fin=now - timedelta(seconds=1)), a_session("ana", B)])
    assert await delete_over(database, now) == 1
    assert [row["sesion"] for row in await rows(database)] == [B]
