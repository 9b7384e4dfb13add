"""How often somebody may try."""

import pytest
import time_machine
from limits.storage import MemoryStorage

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
    with time_machine.travel(wait + 1 + __import__("time").time(), tick=True):
        assert attempts.count(ANA) == 0


def test_a_storage_that_fails_lets_people_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ConnectionError("the storage is away")

    monkeypatch.setattr(MemoryStorage, "incr", fail)
    monkeypatch.setattr(MemoryStorage, "decr", fail)
    attempts = Attempts("1/minute")
    assert [attempts.count(ANA) for _ in range(3)] == [0, 0, 0]
    attempts.give_back(ANA)
