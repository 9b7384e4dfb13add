"""People by exact name, and names that must not be taken for another's."""

from datetime import datetime

import pytest

from supportapp.store.access import update_hash, update_password
from supportapp.store.database import Database, RowRefused
from supportapp.store.users import fold, insert_user, select_user, select_users
from tests.conftest import JOINED, PASSWORD_HASH

LATER = datetime(2026, 2, 1, 12, 0, 0, 500_000)


async def test_names_are_exact(database: Database, people: list[str]) -> None:
    luis = await select_user(database, "luis")
    assert luis is not None
    assert (luis.usuario, luis.nombre, luis.rol, luis.activo) == ("luis", "Luis", "user", True)
    assert (luis.pass_hash, luis.sesiones_desde) == (PASSWORD_HASH, None)
    for other in ("LUIS", "Luis", "lúis", "luis ", " luis", "luis\x00", "", "nadie", "luis%", "ｌuis"):
        assert await select_user(database, other) is None, other


async def test_several_people_in_one_question(database: Database, people: list[str]) -> None:
    found = await select_users(database, ["ana", "MARTA", "marta", "ana", "nadie", "luis "])
    assert {"ana", "marta"} <= set(found) <= {"ana", "marta", "luis"}
    assert "luis " not in found
    assert found["marta"].rol == "admin"
    assert await select_users(database, []) == {}


@pytest.mark.parametrize("taken", ["ana", "ANA", "Ána", "aña\u0301", "ａｎａ", "ADMIN", "ádmin"])
async def test_a_name_like_another_is_refused(database: Database, people: list[str], taken: str) -> None:
    with pytest.raises(RowRefused) as refusal:
        await insert_user(database, taken, "Otra", "user", None, JOINED)
    assert refusal.value.duplicate
    assert len(await select_users(database, [*people, "admin"])) == 6


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Ana", "ana"),
        ("ÁDMIN", "admin"),
        ("Straße", "strasse"),
        ("ﬁn", "fin"),
        ("İpek", "ipek"),
        ("x.y_z@w-1", "x.y_z@w-1"),
    ],
)
def test_folding(name: str, folded: str) -> None:
    assert fold(name) == folded
    assert fold(folded) == folded


async def test_a_new_password_ends_the_sessions_of_the_old(database: Database, people: list[str]) -> None:
    assert await update_password(database, "ana", "otro", LATER) == 1
    assert await update_password(database, "ANA", "otro", LATER) == 0
    ana, luis = await select_user(database, "ana"), await select_user(database, "luis")
    assert ana is not None
    assert luis is not None
    assert (ana.pass_hash, ana.sesiones_desde) == ("otro", LATER)
    assert (luis.pass_hash, luis.sesiones_desde) == (PASSWORD_HASH, None)


async def test_a_stronger_hash_of_the_same_password_keeps_the_sessions(
    database: Database, people: list[str]
) -> None:
    assert await update_hash(database, "ana", "not the present one", "x") == 0
    assert await update_hash(database, "ana", PASSWORD_HASH, "stronger") == 1
    ana = await select_user(database, "ana")
    assert ana is not None
    assert (ana.pass_hash, ana.sesiones_desde) == ("stronger", None)


async def test_in_a_transaction_too(database: Database, people: list[str]) -> None:
    async with database.transaction() as connection:
        await insert_user(connection, "nuevo", "Nuevo 👩🏽‍🚀", "user", None, JOINED)
        assert await select_user(connection, "nuevo") is not None
        assert await select_user(database, "nuevo") is None
    nuevo = await select_user(database, "nuevo")
    assert nuevo is not None
    assert nuevo.nombre == "Nuevo 👩🏽‍🚀"
