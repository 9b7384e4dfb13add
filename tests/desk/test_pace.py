"""Buckets: so much at once, so much in the long run, and nothing kept of who rests."""

import pytest

from supportapp.desk import pace
from supportapp.desk.pace import Bucket, Buckets, twice


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(pace.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_bucket_gives_its_burst_and_then_its_rate(clock: Clock) -> None:
    bucket = Bucket(10, 2)
    assert [bucket.take() for _ in range(10)] == [0.0] * 10
    assert bucket.take() == pytest.approx(0.5)
    clock.now += 0.5
    assert (bucket.take(), bucket.take() > 0) == (0.0, True)
    clock.now += 100
    assert [bucket.take(5), bucket.take(5), bucket.take(1) > 0] == [0.0, 0.0, True]


def test_what_is_to_be_left_is_not_taken(clock: Clock) -> None:
    bucket = Bucket(10, 2)
    assert bucket.take(4, spare=5) == 0.0
    assert bucket.take(4, spare=5) > 0
    assert bucket.take(6) == 0.0


def test_who_rests_is_forgotten_and_who_does_not_is_kept(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SMALLEST", 10)
    buckets = Buckets(10, 1)
    buckets._look_at = 10
    for n in range(9):
        buckets.take(f"stranger {n}")
    clock.now += 2
    buckets.take("ana", 10)
    buckets.take("luis")
    assert set(buckets._buckets) == {"ana", "luis"}
    assert buckets.take("ana") > 0


def test_a_high_limit_of_messages_lifts_the_frames(clock: Clock) -> None:
    assert twice("300/15 seconds", 1000, 100) == (1000, 100)
    assert twice("3000/15 seconds", 1000, 100) == (6000, 400)
