"""`people`, `invite` and `reset-link`."""

import re
from datetime import timedelta

import pytest

from supportapp.desk.bans import ban_person
from supportapp.desk.links import look
from supportapp.desk.moment import utc_now
from supportapp.desk.roles import set_role
from supportapp.store.database import Database
from tests.forked import supportapp


async def test_everybody_is_listed_by_name(env: dict[str, str], database: Database, people: object) -> None:
    await set_role(database, "marta", "admin", True)
    await ban_person(database, "luis", utc_now() + timedelta(days=1))
    await database.execute("UPDATE usuarios SET activo = 0 WHERE usuario = 'ana'")
    lines = supportapp("people", env=env).stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["admin", "admin"], ["ana", "user"], ["elena", "admin"], ["extrano", "user"], ["luis", "user"],
        ["marta", "admin"],
    ]  # fmt: skip
    assert "closed" in lines[1]
    assert "banned until" in lines[4]
    assert lines[5] == "marta  admin  manages  not seen  Marta"
    assert [
        line.split()[0] for line in supportapp("people", "--search", "EXTRAÑ", env=env).stdout.splitlines()
    ] == ["extrano"]
    assert len(supportapp("people", "--rol", "user", env=env).stdout.splitlines()) == 3


async def test_links_are_shown_once_and_work(env: dict[str, str], database: Database, people: object) -> None:
    for arguments, tipo in ((("invite", "--rol", "admin"), "invitacion"), (("reset-link", "ana"), "clave")):
        result = supportapp(*arguments, env=env)
        assert result.returncode == 0
        found = re.fullmatch(rf"http://[^/]+/{tipo}/([\w-]{{43}})\n", result.stdout)
        assert found
        link = await look(database, tipo, found[1])  # type: ignore[arg-type]
        assert (link.usuario, link.rol) == ((None, "admin") if tipo == "invitacion" else ("ana", None))
        assert found[1] not in supportapp("audit", env=env).stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "arguments",
    [("invite", "--for", "31d"), ("invite", "--rol", "jefa"), ("reset-link", "nadie"), ("reset-link",)],
)
async def test_a_refusal_is_one_line(arguments: tuple[str, ...], env: dict[str, str], people: object) -> None:
    result = supportapp(*arguments, env=env)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
