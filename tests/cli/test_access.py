"""`end-sessions`, `deactivate` and `activate`, on both databases."""

import pytest

from supportapp.store.database import Database
from supportapp.store.users import select_user
from tests.forked import supportapp


async def test_each_says_what_it_did(env: dict[str, str], database: Database, people: object) -> None:
    for arguments, said, activo in (
        (("deactivate", "ana"), "Account ana closed", 0),
        (("activate", "ana"), "Account ana is open.", 1),
        (("end-sessions", "ana"), "Sessions of ana ended.", 1),
        (("set-role", "ana", "admin"), "ana is admin now.", 1),
        (("set-role", "ana", "admin"), "ana was admin already.", 1),
        (("set-role", "ana", "user"), "ana is user now.", 1),
        (("remove-second-factor", "ana"), "ana had no second factor.", 1),
    ):
        result = supportapp(*arguments, env=env)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith(said)
        user = await select_user(database, "ana")
        assert user is not None
        assert user.activo == activo
    assert user.sesiones_desde is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deactivate", "Ana"), "There is no account 'Ana'"),
        (("activate", "nadie"), "There is no account 'nadie'"),
        (("end-sessions", "ana "), "There is no account 'ana '"),
        (("deactivate", "admin"), "nobody could answer"),
        (("deactivate",), "USUARIO"),
        (("set-role", "admin", "user"), "nobody could answer"),
        (("set-role", "nadie", "admin"), "There is no account 'nadie'"),
        (("remove-second-factor", "nadie"), "There is no account 'nadie'"),
        (("set-role", "ana", "jefa"), "'jefa' is not one of"),
    ],
)
async def test_a_refusal_is_one_line_and_changes_nothing(
    arguments: tuple[str, ...], said: str, env: dict[str, str], database: Database, people: object
) -> None:
    result = supportapp(*arguments, env=env)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr.splitlines()[-1]
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM cambios") == 0
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM usuarios WHERE activo = 0") == 0
