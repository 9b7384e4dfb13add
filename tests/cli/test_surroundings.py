"""No traceback for where a command runs: full or closed outputs, poor terminals, disks that cannot be written, odd URLs."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import ValidationError

from supportapp.config import ConfigError, Settings, load_settings
from supportapp.logs import Lines
from supportapp.store.addresses import mysql_arguments, sqlite_path
from tests.conftest import JWT_SECRET
from tests.processes import ROOT, Running, serve, sqlite_settings, supportapp

COMMANDS = ("demo", "doctor")
OUTPUTS: dict[str, str] = {"full": "> /dev/full", "closed": ">&-", "pipe": "| head -1", "both": ">&- 2>&-"}


def shell(line: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_command_bears_every_output(output: str, tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path)
    for command in COMMANDS:
        done = shell(f"{sys.executable} -m supportapp {command} {OUTPUTS[output]}", env)
        assert "Traceback" not in done.stderr + done.stdout, command
        assert "Exception ignored" not in done.stderr, command
        assert len(done.stderr.splitlines()) <= 1, done.stderr


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_chat_is_served_with_every_output(output: str, tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, ENVIRONMENT="production", ALLOW_HTTP=1)  # shows no password
    assert supportapp("migrate", env=env).returncode == 0
    line = f"exec {sys.executable} -m supportapp serve {OUTPUTS[output]}"
    with Running(["sh", "-c", line], int(env["PORT"]), env) as chat:
        chat.wait_until_it_answers()
        with urllib.request.urlopen(chat.url + "/login") as page:
            assert page.status == 200
        if output == "both":  # else what a library prints would be written into what was opened first
            standard = [Path(f"/proc/{chat.process.pid}/fd/{number}").readlink() for number in (1, 2)]
            assert standard == [Path("/dev/null")] * 2
        os.killpg(chat.process.pid, signal.SIGTERM)  # in a pipe the shell stands between
        chat.process.wait(20)
        assert output == "pipe" or chat.process.returncode == 0
        assert "Traceback" not in chat.output
        assert len(chat.output.splitlines()) <= 1, chat.output


@pytest.mark.parametrize(
    "poor", [{"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_terminal_without_our_letters(poor: dict[str, str], tmp_path: Path) -> None:
    done = shell(f"{sys.executable} -m supportapp demo", sqlite_settings(tmp_path, **poor))
    assert (done.returncode, done.stderr) == (0, "")
    assert "demo.ana" in done.stdout


def test_a_log_on_a_full_disk_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("/dev/full").open("w") as full:
        lines = Lines(full)
        for _ in range(2):
            lines.emit(logging.LogRecord("chat", logging.INFO, "", 0, "a line", None, None))
        with contextlib.suppress(OSError):
            full.close()
    assert capsys.readouterr().err.count("The log cannot be written") == 1


def test_a_folder_that_cannot_be_written_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="INSTANCE_DIR"):
        load_settings({"INSTANCE_DIR": str(tmp_path / "file" / "below")})


def of(url: str) -> Settings:
    return Settings(database_url=url, jwt_secret=JWT_SECRET)


SECRET = "hidden"
RAW: list[str] = [f"mysql://u:{SECRET}{mark}{SECRET}@h:1/c" for mark in ("/", "?", "#", "[", ":1/")]


@pytest.mark.parametrize("url", [*RAW, f"mysql://u:{SECRET}", f"mysql://u:p@h:{SECRET}/c"])
def test_a_password_that_cuts_the_address_is_refused_without_it(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings({"DATABASE_URL": url, "JWT_SECRET": JWT_SECRET})
    (line,) = refused.value.lines
    assert line.startswith("DATABASE_URL")
    assert SECRET not in line


def test_a_password_of_all_marks_comes_through() -> None:
    found = mysql_arguments(of("mysql://u%40x:p%2F%3F%23%40%3A%25@[::1]:3307/c%23").database_url)
    assert (found["user"], found["password"], found["host"], found["db"]) == ("u@x", "p/?#@:%", "::1", "c#")
    assert mysql_arguments(of("mysql://u:p@q@h/c").database_url)["password"] == "p@q"


@pytest.mark.parametrize("name", ["c#1", "c?1", "100% c", "a b"])
def test_a_file_in_a_folder_with_any_name(name: str, tmp_path: Path) -> None:
    url = f"sqlite:///{quote(str(tmp_path / name))}/s.db"
    assert sqlite_path(of(url).database_url) == tmp_path / name / "s.db"
    if "#" in name or "?" in name:
        with pytest.raises(ValidationError, match="%23"):
            of(f"sqlite:///{tmp_path / name}/s.db")


@pytest.mark.parametrize(
    ("host", "origin"),
    [("::1", "http://[::1]:8000"), ("::", "http://localhost:8000"), ("0.0.0.0", "http://localhost:8000")],
)
def test_a_host_with_colons_is_in_brackets(host: str, origin: str) -> None:
    assert Settings(host=host, jwt_secret=JWT_SECRET).public_origin == origin


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]"),
        ("http://Chat.example:80", "http://chat.example"),
    ],
)
def test_a_public_url_is_spelled_as_browsers_do(given: str, spelled: str) -> None:
    assert Settings(public_url=given, jwt_secret=JWT_SECRET).public_origin == spelled


def test_no_port_is_refused_in_a_line() -> None:
    with pytest.raises(ConfigError, match="PORT"):
        load_settings({"PORT": "0", "JWT_SECRET": JWT_SECRET})


def test_the_doctor_finds_a_chat_at_an_ipv6_address(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, HOST="::1")
    with serve(env) as chat:
        chat.wait_until_it_says("The chat is open")
        done = shell(f"{sys.executable} -m supportapp doctor", env)
    assert done.returncode == 0, done.stdout
    assert f"http://[::1]:{env['PORT']}" in done.stdout


ADMITTED: dict[str, tuple[str | None, str, bool]] = {
    "a phone at the machine's address": ("http://192.168.1.50:8000", "192.168.1.50:8000", True),
    "IPv6": ("http://[fd00::5]:8000", "[fd00::5]:8000", True),
    "a name that leads here": ("http://evil.example:8000", "evil.example:8000", False),
    "another port": ("http://192.168.1.50:9000", "192.168.1.50:9000", False),
    "another machine": ("http://192.168.1.51:8000", "192.168.1.50:8000", False),
    "an address of the Internet": ("http://8.8.8.8:8000", "8.8.8.8:8000", False),
    "nowhere": ("null", "192.168.1.50:8000", False),
    "a program, which names no origin": (None, "192.168.1.50:8000", True),
}


@pytest.mark.parametrize("who", ADMITTED)
def test_who_may_come_in_from_the_local_network(who: str) -> None:
    origin, host, admitted = ADMITTED[who]
    development = Settings(jwt_secret=JWT_SECRET, host="0.0.0.0")
    assert development.admits(origin, host) is admitted
    with_url = Settings(jwt_secret=JWT_SECRET, public_url="https://chat.example")
    assert with_url.admits(origin, host) is (origin is None)
