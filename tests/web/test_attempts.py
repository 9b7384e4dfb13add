"""How often somebody may try."""

import time

import pytest
import time_machine
from limits.storage import MemoryStorage
from structlog.testing import capture_logs

from supportapp.web import attempts as attempts_module
from supportapp.web.attempts import Attempts, Key

ANA = Key("auth", "cuenta", "ana")
HOME = Key("auth", "direccion", "10.0.0.9")


def test_the_last_allowed_attempt_passes_and_the_next_waits() -> None:
    attempts = Attempts("3/5 minutes")
    assert [attempts.count(ANA) for _ in range(3)] == [0, 0, 0]
    assert 0 < attempts.count(ANA) <= 300
    assert attempts.count(HOME) == 0


def test_an_address_is_counted_over_all_accounts() -> None:
    attempts = Attempts("3/5 minutes")
    waits = [attempts.count(Key("auth", "cuenta", name), HOME) for name in ("ana", "luis", "marta", "elena")]
    assert waits[:3] == [0, 0, 0]
    assert waits[3] > 0


def test_who_signs_in_rightly_is_not_counted() -> None:
    attempts = Attempts("2/5 minutes")
    for _ in range(10):
        assert attempts.count(ANA, HOME) == 0
        attempts.give_back(ANA, HOME)


def test_waiting_helps() -> None:
    attempts = Attempts("1/minute")
    assert attempts.count(ANA) == 0
    wait = attempts.count(ANA)
    assert wait > 0
    with time_machine.travel(wait + 1 + time.time(), tick=True):
        assert attempts.count(ANA) == 0


def test_whoever_is_refused_for_the_address_uses_up_nothing_of_the_account() -> None:
    attempts = Attempts("2/5 minutes")
    for _ in range(9):
        attempts.count(HOME, ANA)
    assert attempts.count(Key("auth", "direccion", "10.0.0.10"), ANA) > 0  # two came through, no more
    attempts = Attempts("2/5 minutes")
    for _ in range(9):
        attempts.count(HOME, Key("auth", "cuenta", "luis"))
        attempts.count(HOME, ANA)
    assert attempts.count(Key("auth", "direccion", "10.0.0.10"), ANA) == 0


def test_a_storage_that_fails_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("the storage is away")

    for door in ("incr", "decr", "get"):
        monkeypatch.setattr(MemoryStorage, door, fail)
    attempts = Attempts("10/minute")
    assert attempts.count(ANA) > 0
    attempts.give_back(ANA)


def test_the_memory_is_bounded_and_whoever_is_counted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts_module, "MOST_KEYS", 100)
    attempts = Attempts("3/5 minutes")
    assert attempts.count(ANA) == 0
    with capture_logs() as logs:
        waits = [attempts.count(Key("auth", "cuenta", f"nadie{number}")) for number in range(300)]
    assert waits.count(0) == 99
    assert attempts.count(ANA) == 0
    assert len(logs) == 1


def test_one_refusal_of_a_window_is_logged() -> None:
    attempts = Attempts("2/5 minutes")
    with capture_logs() as logs:
        for _ in range(9):
            attempts.count(ANA, address="10.0.0.9")
    (line,) = logs
    assert (line["address"], line["by"], line["log_level"]) == ("10.0.0.9", "cuenta", "warning")
    assert "ana" not in str(line)


def test_a_clock_that_steps_back_keeps_nobody_out() -> None:
    attempts = Attempts("1/5 minutes")
    with time_machine.travel(time.time() + 86_400, tick=True):
        assert attempts.count(ANA) == 0
        assert attempts.count(ANA) > 0
    assert attempts.count(ANA) == 0
