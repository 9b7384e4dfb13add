"""`create-user` and `set-password`, on both databases."""

import pytest

from supportapp.desk.accounts import Accounts
from supportapp.store.database import Database
from supportapp.store.users import select_user
from tests.forked import supportapp

CREATE = ("create-user", "ana", "--nombre", "Ana García", "--rol", "user", "--password-stdin")


async def may_sign_in(database: Database, usuario: str, password: str) -> bool:
    accounts = Accounts(database)
    try:
        return await accounts.check_password(usuario, password) is not None
    finally:
        accounts.close()


async def test_an_account_is_created_and_its_person_signs_in(env: dict[str, str], database: Database) -> None:
    result = supportapp(*CREATE, env=env, stdin="correcta-1234\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, "Account ana (user) created.\n", "")
    user = await select_user(database, "ana")
    assert user is not None
    assert (user.nombre, user.rol, user.activo) == ("Ana García", "user", True)
    assert await may_sign_in(database, "ana", "correcta-1234")


async def test_a_new_password_replaces_the_old_and_ends_sessions(
    env: dict[str, str], database: Database
) -> None:
    supportapp(*CREATE, env=env, stdin="correcta-1234\n")
    result = supportapp("set-password", "ana", "--password-stdin", env=env, stdin="otra-correcta-5678")
    assert (result.returncode, result.stderr) == (0, "")
    assert not await may_sign_in(database, "ana", "correcta-1234")
    assert await may_sign_in(database, "ana", "otra-correcta-5678")
    user = await select_user(database, "ana")
    assert user is not None
    assert user.sesiones_desde is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (("create-user", "ADMIN", "--nombre", "A", "--rol", "admin"), "correcta-1234", "exists already"),
        (("create-user", "a b", "--nombre", "A", "--rol", "user"), "correcta-1234", "USUARIO:"),
        (("create-user", "ana", "--nombre", " ", "--rol", "user"), "correcta-1234", "--nombre:"),
        (("create-user", "ana", "--nombre", "Ana", "--rol", "user"), "short", "8 characters"),
        (("create-user", "ana", "--nombre", "Ana", "--rol", "user"), "", "8 characters"),
        (("set-password", "admin"), "short", "8 characters"),
        (("set-password", "Admin"), "correcta-1234", "There is no account 'Admin'"),
    ],
)
async def test_a_refusal_is_one_line_and_changes_nothing(
    arguments: tuple[str, ...], password: str, said: str, env: dict[str, str], database: Database
) -> None:
    result = supportapp(*arguments, "--password-stdin", env=env, stdin=password)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (
        await database.fetch_val(
            "SELECT COUNT(*) AS n FROM usuarios WHERE pass IS NOT NULL OR usuario <> 'admin'"
        )
        == 0
    )
