"""`ban`, `unban` and `bans`."""

import pytest

from supportapp.store.database import Database
from tests.forked import supportapp


async def test_they_ban_list_and_let_in_again(env: dict[str, str], people: object) -> None:
    said = supportapp("ban", "ana", "--for", "7d", "--reason", "insults", env=env)
    assert (said.returncode, said.stdout[:12]) == (0, "Banned until")
    assert supportapp("ban", "--address", "192.0.2.7/24", "--for", "90m", env=env).returncode == 0
    listed = supportapp("bans", env=env).stdout.splitlines()
    assert [line.split()[2:] for line in listed] == [
        ["persona", "ana", "(command", "line)", "insults"],
        ["red", "192.0.2.0/24", "(command", "line)"],
    ]
    assert supportapp("unban", "ana", env=env).returncode == 0
    assert supportapp("unban", "--address", "192.0.2.0/24", env=env).returncode == 0
    assert supportapp("bans", env=env).stdout == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ban", "ana"), "--for"),
        (("ban", "ana", "--for", "0d"), "--for"),
        (("ban", "ana", "--for", "9999d"), "--for"),
        (("ban", "--for", "1d"), "Name either"),
        (("ban", "ana", "--address", "192.0.2.1", "--for", "1d"), "Name either"),
        (("ban", "--address", "somewhere", "--for", "1d"), "--address"),
        (("ban", "--address", "0.0.0.0/0", "--for", "1d"), "--force"),
        (("ban", "--address", "127.0.0.1", "--for", "1d"), "--force"),
        (("ban", "nadie", "--for", "1d"), "no account"),
        (("ban", "admin", "--for", "1d"), "nobody could answer"),
        (("unban", "ana"), "not banned"),
        (("unban", "--address", "192.0.2.1"), "not banned"),
    ],
)
async def test_a_refusal_is_one_line_and_bans_nobody(
    arguments: tuple[str, ...], said: str, env: dict[str, str], database: Database, people: object
) -> None:
    result = supportapp(*arguments, env=env)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert said in result.stderr
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM prohibiciones") == 0
