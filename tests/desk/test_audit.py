"""The audit: nothing of people changes without its entry, in the same transaction, and no entry is ever changed."""

import ast
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from supportapp.desk import refusals
from supportapp.desk.access import LastAdmin, activate, changing, close_session, deactivate, end_sessions
from supportapp.desk.accounts import Accounts
from supportapp.desk.audit import Actor, refuse
from supportapp.desk.refusals import Refusals
from supportapp.desk.roles import set_role
from supportapp.errors import FormErrors, InvalidSession, NotFound
from supportapp.store.audit import Entry, Filter, select_entries, stream_entries
from supportapp.store.database import Connection, Database, DatabaseUnavailable, RowRefused
from supportapp.store.failures import DRIVER_ERRORS
from tests.conftest import PASSWORD
from tests.open_sessions import a_session

SOURCES = Path(__file__).resolve().parents[2] / "supportapp"
MARTA = Actor("marta", "192.0.2.7", "because\nof  that \x07")
NEW = "otra-correcta-5678"


async def entries(database: Database, **which: str) -> list[Entry]:
    return await select_entries(database, Filter(**which))  # type: ignore[arg-type]


async def register(database: Database, usuario: str, actor: Actor) -> None:
    accounts = Accounts(database)
    try:
        await accounts.register("eva", "Eva Ruiz", PASSWORD, actor=actor)
    finally:
        accounts.close()


async def new_password(database: Database, usuario: str, actor: Actor) -> None:
    accounts = Accounts(database)
    try:
        assert await accounts.set_password(usuario, NEW, actor)
    finally:
        accounts.close()


async def own_password(database: Database, usuario: str, actor: Actor) -> None:
    accounts = Accounts(database)
    try:
        user = await accounts.check_password(usuario, PASSWORD)
        assert user is not None
        await accounts.change_password(user, NEW, NEW, actor)
    finally:
        accounts.close()


async def one_session(database: Database, usuario: str, actor: Actor) -> None:
    await close_session(database, a_session(usuario, "b" * 32), "cerrada", actor)


async def sign_out(database: Database, usuario: str, actor: Actor) -> None:
    await close_session(database, a_session(usuario, "a" * 32), "salida", actor)


async def promote(database: Database, usuario: str, actor: Actor) -> None:
    assert await set_role(database, usuario, "admin", True, actor)


CHANGES: dict[str, tuple[Callable[..., Awaitable[object]], str, str | None]] = {
    "deactivate": (deactivate, "cierre", None),
    "activate": (activate, "apertura", None),
    "end_sessions": (end_sessions, "sesiones", None),
    "one_session": (one_session, "sesion", '{"sesion": "' + "b" * 32 + '"}'),
    "sign_out": (sign_out, "salida", '{"sesion": "' + "a" * 32 + '"}'),
    "set_role": (promote, "rol", '{"rol": "admin", "administra": true}'),
    "register": (register, "alta", '{"rol": "user"}'),
    "new_password": (new_password, "clave", None),
    "own_password": (own_password, "clave", None),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_each_change_has_its_entry(database: Database, people: object, name: str) -> None:
    how, que, details = CHANGES[name]
    await how(database, "ana", actor=MARTA)
    (one,) = await entries(database)
    whom = "eva" if name == "register" else "ana"
    assert (one.id, one.quien, one.que, one.a_quien, one.direccion) == (1, "marta", que, whom, "192.0.2.7")
    assert (one.motivo, one.detalles, one.veces) == ("because of that", details, 1)
    assert PASSWORD not in str(one)


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "register"])
async def test_whose_right_has_ended_changes_nothing_and_leaves_no_entry(
    database: Database, people: list[str], name: str
) -> None:
    async def over(connection: Connection) -> None:
        raise InvalidSession

    accounts = "SELECT usuario, rol, administra, activo, sesiones_desde FROM usuarios ORDER BY usuario"
    before = await database.fetch_all(accounts)
    with pytest.raises(InvalidSession):
        await CHANGES[name][0](database, "ana", actor=Actor("marta", require=over))
    assert await entries(database) == []
    after = await database.fetch_all(accounts)
    assert list(map(dict, after)) == list(map(dict, before))


async def test_without_the_entry_there_is_no_change(database: Database, people: object) -> None:
    """A row that cannot be written takes the change with it."""
    far = Actor("x" * 65)
    with pytest.raises(RowRefused):
        await deactivate(database, "ana", far)
    assert await database.fetch_val("SELECT activo FROM usuarios WHERE usuario = 'ana'")
    await register(database, "", Actor())
    with pytest.raises(FormErrors):
        await register(database, "", Actor())
    assert [one.que for one in await entries(database)] == ["alta"]


async def test_the_command_line_has_no_name(database: Database, people: object) -> None:
    await deactivate(database, "ana")
    (one,) = await entries(database)
    assert (one.quien, one.direccion, one.motivo) == (None, None, None)


WRITES = frozenset(
    {
        "update_active", "update_role", "update_password", "update_sessions_since", "close_sessions",
        "upsert_closed", "insert_user", "upsert_ban", "delete_ban", "insert_link", "use_link", "delete_links",
    }
)  # fmt: skip
"""What changes something of people in the tables."""


def unrecorded(source: str) -> list[str]:
    """The functions that change something of people outside `changing` and `recording`, and not with a caller's connection."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        if any(argument.arg == "connection" for argument in function.args.args):
            continue
        inside = {
            call
            for block in ast.walk(function)
            if isinstance(block, ast.AsyncWith) and any(is_recorded(item) for item in block.items)
            for call in ast.walk(block)
        }
        found += [
            f"{function.name}:{call.lineno}"
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and called(call) in WRITES and call not in inside
        ]
    return found


def is_recorded(item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and called(item.context_expr) in {"changing", "recording"}


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def test_nothing_of_people_changes_unrecorded() -> None:
    files = [path for room in ("desk", "web", "cli", "realtime") for path in (SOURCES / room).glob("*.py")]
    wrong = {path.stem: found for path in files if (found := unrecorded(path.read_text(encoding="utf-8")))}
    assert wrong == {}
    calls = sum(path.read_text(encoding="utf-8").count(f"{name}(") for path in files for name in WRITES)
    assert calls >= 8


def test_a_function_that_forgets_is_found() -> None:
    bare = "async def close(db):\n    async with db.transaction() as c:\n        await update_active(c, 'ana', False)"
    assert unrecorded(bare) == ["close:3"]
    assert unrecorded(bare.replace("db.transaction()", "changing(db, 'ana', 'cierre')")) == []


async def test_numbers_have_no_gaps_however_many_change_at_once(database: Database, people: object) -> None:
    async def fail() -> None:
        async with changing(database, "luis", "cierre") as connection:
            await connection.fetch_val("SELECT 1")
            raise NotFound

    await asyncio.gather(
        *(end_sessions(database, usuario) for usuario in ("ana", "luis", "marta") * 3),
        *(fail() for _ in range(4)),
        return_exceptions=True,
    )
    ids = [one.id async for one in stream_entries(database, Filter(), page=2)]
    assert ids == list(range(1, 10))


async def test_filters_and_pages(database: Database, people: object) -> None:
    for usuario in ("ana", "luis", "ana"):
        await end_sessions(database, usuario, MARTA)
        await activate(database, usuario, Actor("ana"))
    every = await entries(database)
    assert [one.id for one in every] == [6, 5, 4, 3, 2, 1]
    assert [one.id for one in await entries(database, persona="ana")] == [6, 5, 4, 2, 1]
    assert [one.id for one in await entries(database, persona="ana", que="sesiones")] == [5, 1]
    page = await select_entries(database, Filter(persona="ana"), before=5, limit=2)
    assert [one.id for one in page] == [4, 2]
    since = Filter(persona="ana", desde=every[3].fecha)
    assert [one.id async for one in stream_entries(database, since, page=1)] == [4, 5, 6]
    assert await entries(database, persona="' OR 1=1 --") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_table_refuses_what_is_no_insert(database: Database, people: object) -> None:
    await deactivate(database, "ana")
    for statement in (
        "UPDATE auditoria SET quien = 'luis'",
        "DELETE FROM auditoria",
        "INSERT OR REPLACE INTO auditoria (id, fecha, que) VALUES (1, '2020-01-01', 'x')",
    ):
        with pytest.raises((RowRefused, *DRIVER_ERRORS)):
            await database.execute(statement)
    assert [one.que for one in await entries(database)] == ["cierre"]
    await database.execute("INSERT INTO auditoria (id, fecha, que) VALUES (2, '2020-01-01 00:00:00', 'rol')")
    await database.execute("DELETE FROM auditoria WHERE id = 2")


async def test_a_refusal_of_somebody_known_is_written_down(database: Database, people: object) -> None:
    with pytest.raises(LastAdmin):
        await deactivate(database, "admin", MARTA)
    await refuse(database, "admin", MARTA, "ultima")
    (one,) = await entries(database)
    assert (one.que, one.a_quien, one.detalles) == ("rechazo", "admin", '{"por": "ultima"}')


async def test_refusals_are_counted_and_cannot_fill_the_disk(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered = Refusals(database)
    for _ in range(50):
        gathered.note("entrada_fallida", "192.0.2.1", a_quien="ana")
    for number in range(5000):
        gathered.note("entrada_fallida", f"10.0.{number // 250}.{number % 250}")
    await gathered.write()
    await gathered.write()
    written = await select_entries(database, Filter(), limit=1000)
    assert len(written) == refusals.MOST + 1
    assert sum(one.veces for one in written) == 5050
    assert next(one.veces for one in written if one.a_quien == "ana") == 50
    assert next(one.veces for one in written if one.direccion is None) == 5000 - refusals.MOST + 1


async def test_refusals_wait_for_a_database_that_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered = Refusals(database)
    gathered.note("limite", "192.0.2.1")
    with monkeypatch.context() as outage:

        def away(*_: object) -> None:
            raise DatabaseUnavailable("away")

        outage.setattr(database, "transaction", away)
        await gathered.write()
    gathered.note("limite", "192.0.2.1")
    await gathered.finish(5)
    (one,) = await entries(database)
    assert one.veces == 2
