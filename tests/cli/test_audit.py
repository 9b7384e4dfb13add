"""`audit`: what was done from the command line stands there, and other programs can read it."""

import csv
import io
import json

import pytest

from supportapp.desk.access import end_sessions
from supportapp.desk.audit import Actor
from supportapp.store.database import Database
from tests.forked import supportapp


async def test_commands_and_their_refusals_are_there(
    env: dict[str, str], database: Database, people: object
) -> None:
    assert supportapp("end-sessions", "ana", "--reason", "lost phone", env=env).returncode == 0
    assert supportapp("deactivate", "admin", env=env).returncode == 2
    await end_sessions(database, "luis", Actor("marta", "192.0.2.1", '=cmd|"x"'))
    text = supportapp("audit", env=env).stdout.splitlines()
    assert [line.split()[3:] for line in text] == [
        ["(command", "line)", "sesiones", "ana", "lost", "phone"],
        ["(command", "line)", "rechazo", "admin", '{"por":', '"ultima"}'],
        ["marta", "sesiones", "luis", "192.0.2.1", '=cmd|"x"'],
    ]
    rows = list(csv.DictReader(io.StringIO(supportapp("audit", "--format", "csv", env=env).stdout)))
    assert [row["que"] for row in rows] == ["sesiones", "rechazo", "sesiones"]
    assert rows[2]["motivo"] == '\'=cmd|"x"'  # no formula for whoever opens it
    asked = ("--person", "marta", "--action", "sesiones", "--since", "1h", "--format", "json")
    lines = supportapp("audit", *asked, env=env).stdout.splitlines()
    (one,) = [json.loads(line) for line in lines]
    assert (one["id"], one["quien"], one["a_quien"], one["motivo"]) == (3, "marta", "luis", '=cmd|"x"')
    assert supportapp("audit", "--since", "2999-01-01", env=env).stdout == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--action", "alles"), ("--format", "xml")])
async def test_what_is_typed_wrong_is_one_line(
    arguments: tuple[str, ...], env: dict[str, str], people: object
) -> None:
    result = supportapp("audit", *arguments, env=env)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_last_who_may_see_to_the_people_keeps_the_right(
    env: dict[str, str], database: Database, people: object
) -> None:
    assert supportapp("set-role", "marta", "admin", "--manage", env=env).stdout == (
        "marta is admin now, and may see to the people.\n"
    )
    for arguments in (("set-role", "marta", "admin", "--no-manage"), ("deactivate", "marta")):
        result = supportapp(*arguments, env=env)
        assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
        assert "set-role --manage" in result.stderr
    assert supportapp("set-role", "ana", "user", "--manage", env=env).returncode == 2
    assert await database.fetch_val("SELECT administra FROM usuarios WHERE usuario = 'marta'")
