"""What every command has in common: help worth reading, refusals of one line, and never a traceback."""

from pathlib import Path

import click
import pytest

from supportapp.cli import main
from tests.forked import supportapp
from tests.processes import environment, sqlite_settings

COMMANDS = [
    "serve", "migrate", "assets", "demo", "create-user", "set-password", "end-sessions", "deactivate", "activate",
    "set-role", "people", "invite", "reset-link", "ban", "unban", "bans", "remove-second-factor", "audit",
    "import-reference", "copy", "backup", "export-person", "erase", "retention", "doctor",
]  # fmt: skip


def test_every_command_is_there_and_explains_itself() -> None:
    context = click.Context(main)
    assert main.list_commands(context) == COMMANDS
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command
        assert command.name == name
        assert len((command.help or "").splitlines()) >= 3, command.name
        options = [option for option in command.params if isinstance(option, click.Option)]
        assert all(option.help for option in options), command.name


def test_help_lists_the_commands_and_their_statuses() -> None:
    result = supportapp("--help", env=environment())
    assert result.returncode == 0
    assert all(command in result.stdout for command in [*COMMANDS, "Exit status"])


def test_without_a_command_the_help_is_shown_as_it_is_written() -> None:
    result = supportapp(env=environment())
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) > 15


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dance"], "No such command 'dance'"),
        (["serv"], "'serve'"),
        (["serve", "--fast"], "No such option"),
        (["create-user", "ana", "--rol", "user", "--password-stdin"], "Missing option '--nombre'"),
        (
            ["create-user", "ana", "--nombre", "Ana", "--rol", "king", "--password-stdin"],
            "'king' is not one of",
        ),
        (["set-password"], "Missing argument 'USUARIO'"),
        (["end-sessions"], "Missing argument 'USUARIO'"),
        (["deactivate", "ana", "luis"], "unexpected extra argument"),
        (["create-user", "ana", "--nombre", "Ana", "--rol", "user"], "use --password-stdin"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_typed_wrong_is_one_line_and_status_2(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    result = supportapp(*arguments, env=sqlite_settings(tmp_path))
    assert result.returncode == 2
    assert said in result.stderr
    assert (len(result.stderr.splitlines()), result.stdout) == (1, "")


@pytest.mark.parametrize("command", ["serve", "migrate", "demo", "set-password"])
def test_a_wrong_setting_is_one_line_each_and_status_2(command: str, tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, PORT="many", USERS_MAY_WRITE_TO="nobody")
    result = supportapp(command, *(["ana"] if command == "set-password" else []), env=env)
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["PORT", "USERS_MAY_WRITE_TO"]


@pytest.mark.parametrize("secret", ["", "short", "changeme", "a" * 40])
def test_production_refuses_a_missing_or_weak_secret(secret: str, tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, ENVIRONMENT="production", JWT_SECRET=secret)
    result = supportapp("serve", env=env)
    assert result.returncode == 2
    assert result.stderr.startswith("JWT_SECRET: missing or weak")
    assert len(result.stderr.splitlines()) == 1
