"""Sockets are judged again: whoever lost their right neither hears nor reads on, and the others notice nothing."""

from collections.abc import AsyncIterator

import pytest

from supportapp.config import Settings
from supportapp.store.database import Database
from tests.clients.driver import Driver
from tests.clients.running import RunningDesk, running_desk


@pytest.fixture
async def lively(settings: Settings, people: object, driver: Driver) -> AsyncIterator[RunningDesk]:
    async with running_desk(settings.model_copy(update={"heartbeat_seconds": 0.3}), driver) as running:
        yield running


@pytest.mark.parametrize(
    "change", ["activo = 0", "sesiones_desde = '2099-01-01 00:00:00'"], ids=["deactivated", "revoked"]
)
async def test_a_socket_whose_session_ends_is_cut_and_the_honest_go_on(
    lively: RunningDesk, database: Database, change: str
) -> None:
    marta, ana = await lively.enter("marta"), await lively.enter("ana")
    await database.execute(f"UPDATE usuarios SET {change} WHERE usuario = 'marta'")
    await marta.wait_for("disconnect")
    assert (await ana.send("admin", "un secreto"))["ok"]
    assert "un secreto" not in await marta.heard()


async def test_a_demoted_admin_hears_nothing_of_others_and_keeps_the_own_socket(
    lively: RunningDesk, database: Database
) -> None:
    elena, ana = await lively.enter("elena"), await lively.enter("ana")
    await database.execute("UPDATE usuarios SET rol = 'user' WHERE usuario = 'elena'")
    elena.events.clear()
    await elena.wait_for("latido", 2)
    assert (await ana.send("admin", "un secreto"))["ok"]
    assert await elena.heard() == []
    assert (await elena.send("admin", "hola, soy una más"))["ok"]


async def test_catching_up_is_judged_before_any_heartbeat(desk: RunningDesk, database: Database) -> None:
    ana, elena = await desk.enter("ana"), await desk.enter("elena")
    await ana.send("admin", "un secreto")
    await database.execute("UPDATE usuarios SET rol = 'user' WHERE usuario = 'elena'")
    assert (await elena.ask("sincronizar", {"desde": 0}))["filas"] == []
