"""How often somebody may try."""

import os
import time

import pytest
from structlog.testing import capture_logs

from supportapp.web import counts
from supportapp.web.attempts import Attempts, Key
from supportapp.web.counts import Counts, shared_memory

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


def test_waiting_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts("1/minute")
    assert attempts.count(ANA) == 0
    wait = attempts.count(ANA)
    assert 0 < wait <= 60
    later = time.monotonic() + wait
    monkeypatch.setattr(counts.time, "monotonic", lambda: later)
    assert attempts.count(ANA) == 0


def test_two_processes_count_together() -> None:
    memory = shared_memory()
    one, other = (Attempts("3/5 minutes", descriptor) for descriptor in (memory, os.dup(memory)))
    assert [attempts.count(ANA) for attempts in (one, other, one)] == [0, 0, 0]
    assert other.count(ANA) > 0
    one.give_back(ANA)
    one.give_back(ANA)
    assert other.count(ANA) == 0


def test_no_count_is_lost_where_processes_count_at_once() -> None:
    memory = shared_memory()
    children = []
    for _ in range(3):
        if not (child := os.fork()):
            mine = Counts(os.dup(memory))
            for _ in range(2000):
                mine.add("ana", 1, 60)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert (Counts(memory).add("ana", 1, 60) or (0,))[0] == 6001


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

    for door in ("add", "take_back"):
        monkeypatch.setattr(Counts, door, fail)
    attempts = Attempts("10/minute")
    assert attempts.count(ANA) > 0
    attempts.give_back(ANA)


def test_the_memory_is_bounded_and_whoever_is_counted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "SLOTS", 1)
    attempts = Attempts("3/5 minutes")
    assert attempts.count(ANA) == 0
    with capture_logs() as logs:
        waits = [attempts.count(Key("auth", "cuenta", f"nadie{number}")) for number in range(300)]
    assert waits.count(0) == counts.NEAR - 1
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
