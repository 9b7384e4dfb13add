"""What is older than the settings say goes, nothing else does, and a dry run only counts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from supportapp.config import Settings
from supportapp.desk.access import close_session, end_sessions
from supportapp.desk.desk import Desk
from supportapp.desk.erasing import begin
from supportapp.desk.moment import utc_now
from supportapp.desk.retention import Retention, retain
from supportapp.desk.viewer import Viewer
from supportapp.store.conversations import select_conversations
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.messages import select_messages_since
from supportapp.store.sessions import select_closed, select_open, upsert_seen
from supportapp.store.users import select_user
from tests.desk.erased import assert_proven, files_with, tables_with
from tests.open_sessions import a_session

SECRET = "Zanahoria"
FOR_EVER = {"retain_messages_days": 0, "retain_sessions_days": 0, "retain_addresses_days": 0}


@pytest.fixture
async def desk(settings: Settings, people: object) -> AsyncIterator[Desk]:
    desk = Desk(settings.model_copy(update={"commit_deadline_ms": 5000}))  # no outage on a busy machine
    await desk.start()
    yield desk
    await desk.stop()


async def talk(desk: Desk, count: int, days: int) -> None:
    """Messages of so many days ago, as if they had come then."""
    ana = Viewer("ana", "Ana", "user")
    ids = [
        (await desk.send(ana, {"para": "admin", "mensaje": f"{SECRET} de hace {days}"})).id
        for _ in range(count)
    ]  # type: ignore[union-attr]
    moment = utc_now() - timedelta(days=days)
    await desk.database.execute(
        "UPDATE mensajes SET fecha = :moment WHERE id >= :id", {"moment": moment, "id": ids[0]}
    )


def days(settings: Settings, **more: int) -> Settings:
    return settings.model_copy(update={**FOR_EVER, **{f"retain_{name}_days": n for name, n in more.items()}})


async def texts(database: Database) -> list[str]:
    return [row.mensaje for row in await select_messages_since(database, 0, 5000)]


async def test_old_texts_go_and_young_ones_stay(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportapp.desk.retention.LOOKED_AT", 7)
    monkeypatch.setattr("supportapp.desk.turns.MOST", 3)
    await talk(desk, 20, 40)
    await talk(desk, 5, 10)
    before = await texts(desk.database)
    assert await retain(days(settings, messages=30), desk.database, dry=True) == {"messages": 20}
    assert await texts(desk.database) == before
    assert await retain(days(settings, messages=30), desk.database) == {"messages": 20}
    assert await texts(desk.database) == [""] * 20 + before[20:]
    assert await retain(days(settings, messages=30), desk.database) == {"messages": 0}
    assert await desk.database.fetch_val("SELECT valor FROM meta WHERE clave = 'textos_hasta'") == "20"
    await assert_proven(desk.database)
    (row,) = await select_conversations(desk.database, "marta")
    assert row.vista_previa == before[-1]
    assert await retain(days(settings, messages=5), desk.database) == {"messages": 5}
    (row,) = await select_conversations(desk.database, "marta")
    assert row.vista_previa == ""
    assert await tables_with(desk.database, SECRET) == set()
    assert files_with(settings, SECRET) == []


async def test_for_ever_is_for_ever(desk: Desk, settings: Settings) -> None:
    await talk(desk, 3, 4000)
    assert await retain(days(settings), desk.database) == {}
    assert SECRET in (await texts(desk.database))[0]
    assert (settings.retain_messages_days, settings.retain_sessions_days, settings.retain_addresses_days) == (
        0,
        30,
        30,
    )


async def test_sessions_and_addresses(desk: Desk, settings: Settings) -> None:
    database, now = desk.database, utc_now()
    long = now + timedelta(days=300)
    for letter, age in (("a", 1), ("b", 20), ("c", 40), ("d", 40)):
        used = now - timedelta(days=age)
        session = a_session("ana", letter * 32, vista=used, creada=used, fin=long)
        await upsert_seen(database, [session])
        if letter == "d":
            await close_session(database, session, "cerrada")
    everything = days(settings, sessions=30, addresses=10)
    assert await retain(everything, database, dry=True) == {"sessions": 2, "addresses": 3}
    assert len(await select_open(database, "ana", now, now - timedelta(days=300))) == 3
    assert await retain(everything, database) == {"sessions": 2, "addresses": 1}
    rows = await database.fetch_all("SELECT sesion, direccion, navegador FROM sesiones ORDER BY sesion")
    assert [tuple(row.values()) for row in rows] == [
        ("a" * 32, "192.0.2.7", "Lynx"), ("b" * 32, None, "Lynx"), ("d" * 32, None, None),
    ]  # fmt: skip
    # What ends a session stays as long as a copy of its token may count.
    assert await select_closed(database, ["d" * 32]) == {"d" * 32}


async def test_of_all_processes_one_does_it_and_once_a_day(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(desk, 2, 40)
    ours = days(settings, messages=30)
    processes = [Retention(ours, desk.database) for _ in range(3)]
    done: list[bool] = []

    async def counted(*_: object, **__: object) -> dict[str, int]:
        done.append(True)
        return await retain(ours, desk.database)

    monkeypatch.setattr("supportapp.desk.retention.retain", counted)
    for _ in range(3):
        await asyncio.gather(*(one.look() for one in processes))
    assert done == [True]
    assert await texts(desk.database) == ["", ""]
    await desk.database.execute("UPDATE meta SET valor = '2026-01-01' WHERE clave = 'retencion'")
    await processes[1].look()
    assert done == [True, True]


async def test_what_failed_is_tried_again_by_the_same_process(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(desk, 1, 40)
    one = Retention(days(settings, messages=30), desk.database)

    async def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr("supportapp.desk.retention.retain", away)
        with pytest.raises(DatabaseUnavailable):
            await one.look()
    await one.look()
    assert await texts(desk.database) == [""]


async def test_an_erasing_that_was_killed_is_finished(desk: Desk, settings: Settings) -> None:
    await talk(desk, 3, 0)
    await begin(desk.database, "ana")
    await retain(days(settings), desk.database, dry=True)
    assert await select_user(desk.database, "ana") is not None
    await retain(days(settings), desk.database)
    assert await select_user(desk.database, "ana") is None
    assert await tables_with(desk.database, SECRET) == set()


async def test_people_go_on_talking_meanwhile(desk: Desk, settings: Settings) -> None:
    await talk(desk, 300, 40)
    luis = Viewer("luis", "Luis", "user")
    forgetting = asyncio.create_task(retain(days(settings, messages=30), desk.database))
    while not forgetting.done():
        await desk.send(luis, {"para": "admin", "mensaje": "sigo"})
    assert await forgetting == {"messages": 300}
    assert {*await texts(desk.database)} == {"", "sigo"}
    await assert_proven(desk.database)


async def test_the_audit(desk: Desk, settings: Settings) -> None:
    database, count = desk.database, "SELECT COUNT(*) AS n FROM auditoria"
    young = await database.fetch_val(count)
    await database.execute(
        "INSERT INTO auditoria (id, fecha, que, veces) VALUES (0, '2020-01-01 00:00:00.000000', 'clave', 1)"
    )
    await end_sessions(database, "ana")
    for kept, gone in ((0, 0), (30, 1), (30, 0)):
        assert (await retain(days(settings, audit=kept), database)).get("audit", 0) == gone
    assert await database.fetch_val(count) == young + 1
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM auditoria WHERE id = 0") == 0
