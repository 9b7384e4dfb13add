"""What is in the log, and what never is."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from supportapp.config import Settings
from supportapp.errors import StartError
from supportapp.logs import TALKATIVE, configure_logging

SECRET = "a secret for the tests; long enough to be taken 0123456789"


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Logging as it was, afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in TALKATIVE}
    yield
    structlog.reset_defaults()
    root.handlers[:], levels = before[0], before[2]
    root.setLevel(before[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def settings(**more: object) -> Settings:
    return Settings(**{"jwt_secret": SECRET, **more})  # type: ignore[arg-type]


def test_production_logs_json_with_time_level_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings(environment="production", public_url="https://chat.example"))
    structlog.get_logger("supportapp.sockets").info("connected", usuario="ana")
    logging.getLogger("quart.app").error("from a library: %s", "x")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {"event": "connected", "usuario": "ana", "level": "info", "logger": "supportapp.sockets"}
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("from a library: x", "error", "quart.app")


def test_development_logs_lines_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings())
    structlog.get_logger("supportapp.sockets").info("connected", usuario="ana")
    (line,) = capsys.readouterr().out.splitlines()
    assert "connected" in line
    assert "usuario=ana" in line
    assert "\x1b" not in line  # no colours where nobody looks


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_texts_and_tokens_never_arrive(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings(log_format=log_format, log_level="debug"))
    log = structlog.get_logger("supportapp.test")
    log.info("sent", mensaje="hidden-word", token="hidden-word", cookie="hidden-word", password="hidden-word")
    for name in TALKATIVE:
        logging.getLogger(name).debug("packet hidden-word")
        logging.getLogger(f"{name}.server").info("packet hidden-word")
    said = capsys.readouterr().out
    assert "sent" in said
    assert "hidden-word" not in said


def test_exceptions_are_told_whole_but_a_failed_start_is_the_runner_s(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(settings(environment="production", public_url="https://chat.example"))
    for error in (StartError("told elsewhere"), ValueError("a bug")):
        try:
            raise error
        except Exception:
            logging.getLogger("quart.app").exception("Exception")
    (line,) = capsys.readouterr().out.splitlines()
    assert "ValueError: a bug" in json.loads(line)["exception"]
    assert "Traceback" in json.loads(line)["exception"]


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings(log_level="warning"))
    structlog.get_logger("supportapp.test").info("quiet")
    structlog.get_logger("supportapp.test").warning("loud")
    said = capsys.readouterr().out
    assert "loud" in said
    assert "quiet" not in said
