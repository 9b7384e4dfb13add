"""Accounts are closed and opened again, and somebody is always left who can answer."""

import asyncio
from datetime import datetime

import pytest

from supportapp.desk.access import LastAdmin, activate, deactivate, end_sessions
from supportapp.errors import NotFound
from supportapp.store.changes import Change, select_changes
from supportapp.store.database import Database
from supportapp.store.users import select_admins, select_user

AGES_AGO = datetime(2026, 1, 2)


async def is_open(database: Database, usuario: str) -> bool:
    user = await select_user(database, usuario)
    assert user is not None
    return bool(user.activo)


async def test_an_account_is_closed_and_opened_again(database: Database, people: object) -> None:
    await deactivate(database, "ana")
    assert not await is_open(database, "ana")
    await activate(database, "ana")
    assert await is_open(database, "ana")
    assert await select_changes(database, 0, 10) == (
        2,
        [Change(1, "cuenta", "ana"), Change(2, "cuenta", "ana")],
    )


async def test_ending_sessions_ends_those_of_before(database: Database, people: object) -> None:
    await end_sessions(database, "ana")
    user, luis = await select_user(database, "ana"), await select_user(database, "luis")
    assert user is not None
    assert luis is not None
    assert user.sesiones_desde is not None
    assert user.sesiones_desde > AGES_AGO
    assert (user.activo, user.pass_hash, luis.sesiones_desde) == (1, luis.pass_hash, None)


@pytest.mark.parametrize("how", [deactivate, activate, end_sessions])
@pytest.mark.parametrize("usuario", ["nadie", "ANA", "ana ", "x" * 65, "x" * 64, "\udcff"])
async def test_whom_nobody_knows_changes_nothing(
    database: Database, people: object, how: object, usuario: str
) -> None:
    with pytest.raises(NotFound):
        await how(database, usuario)  # type: ignore[operator]
    assert await select_changes(database, 0, 10) == (0, [])


async def test_the_desk_s_mailbox_stays_open(database: Database, people: object) -> None:
    with pytest.raises(LastAdmin):
        await deactivate(database, "admin")
    assert await is_open(database, "admin")
    assert await select_changes(database, 0, 10) == (0, [])


async def test_of_all_admins_who_are_closed_at_once_one_is_left(database: Database, people: object) -> None:
    able = [admin.usuario for admin in await select_admins(database) if admin.pass_hash]
    assert len(able) >= 2, "premise"
    closing = [deactivate(database, usuario) for usuario in able]
    ended = await asyncio.gather(*closing, return_exceptions=True)
    assert [type(one) for one in ended if one is not None] == [LastAdmin]
    assert len([admin for admin in await select_admins(database) if admin.pass_hash]) == 1
