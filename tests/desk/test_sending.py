"""What may become a message: shape, text and pace."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from supportapp.desk import pace as pacing
from supportapp.desk.sending import CLIENT_ID, Pace, check, check_text, fingerprint, new_client_id
from supportapp.desk.viewer import Viewer
from supportapp.errors import SupportError

ANA = Viewer("ana", "Ana", "user")


@contextmanager
def steady_clock() -> Iterator[SimpleNamespace]:
    """`time.monotonic` of the pace, moved by hand."""
    clock = SimpleNamespace(now=1000.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "time", SimpleNamespace(monotonic=lambda: clock.now))
        yield clock


@given(st.text())
def test_a_text_is_refused_or_kept_as_it_is(text: str) -> None:
    try:
        kept = check_text(text)
    except SupportError as error:
        assert error.code in {"formato", "vacio", "largo"}  # noqa: PT017
    else:
        assert kept == text.replace("\r\n", "\n")
        assert 0 < len(kept) <= 4000
        assert len(kept.encode()) <= 8000


@given(
    st.one_of(
        st.none(), st.integers(), st.text(), st.lists(st.none()), st.dictionaries(st.text(), st.integers())
    )
)
def test_any_payload_gets_an_answer(payload: object) -> None:
    with pytest.raises(SupportError) as refusal:
        check(ANA, payload)
    assert refusal.value.code == "formato"


def test_line_ends_become_line_feeds() -> None:
    assert check_text("uno\r\ndos") == "uno\ndos"


def test_a_lone_carriage_return_is_a_control_character() -> None:
    with pytest.raises(SupportError, match="formato"):
        check_text("uno\rdos")


@pytest.mark.parametrize("text", ["x" * 4000, "é" * 4000, "🎉" * 2000])
def test_the_longest_texts_pass(text: str) -> None:
    assert check_text(text) == text


@pytest.mark.parametrize("text", ["x" * 4001, "語" * 2667, "🎉" * 2001])
def test_one_more_is_too_long(text: str) -> None:
    with pytest.raises(SupportError, match="largo"):
        check_text(text)


def test_the_fingerprint_knows_recipient_and_text_apart() -> None:
    assert fingerprint("ana", "b") != fingerprint("an", "ab")
    assert fingerprint("ana", "b") == fingerprint("ana", "b")


def test_the_servers_own_ids_are_valid_different_and_ascending_in_time() -> None:
    made = [new_client_id() for _ in range(100)]
    assert len(set(made)) == 100
    assert all(CLIENT_ID.match(one) and len(one) == 32 for one in made)
    assert [one[:12] for one in made] == sorted(one[:12] for one in made)


def waits(pace: Pace) -> int:
    """Milliseconds that ana is told to wait; 0 where her message is taken."""
    try:
        pace.check("ana")
    except SupportError as refusal:
        return (refusal.espera_ms or 0) if refusal.code == "limite" else 0
    return 0


def test_beyond_the_limit_one_is_told_how_long_to_wait() -> None:
    with steady_clock() as clock:
        pace = Pace("3/15 seconds")
        assert [waits(pace) for _ in range(5)] == [0, 0, 0, 5001, 5001]  # who is refused does not pay
        pace.check("luis")
        clock.now += 4
        assert waits(pace) == 1001


@given(st.lists(st.floats(0, 20), max_size=60))
def test_after_the_wait_that_was_told_the_next_is_taken(gaps: list[float]) -> None:
    with steady_clock() as clock:
        pace = Pace("3/7 seconds")
        for gap in gaps:
            clock.now += gap
            if wait := waits(pace):
                clock.now += wait / 1000
                assert waits(pace) == 0


@given(st.lists(st.integers(0, 40), max_size=60))
def test_as_many_as_the_limit_in_any_window_are_never_refused(eighths: list[int]) -> None:
    with steady_clock() as clock:
        pace, sent = Pace("4/8 seconds"), [0.0] * 4
        for gap in eighths:  # of a second: floats add them without a rest
            clock.now += gap / 8
            if clock.now - sent[-4] >= 8:
                sent.append(clock.now)
                assert waits(pace) == 0


def test_the_wall_clock_is_not_asked() -> None:
    pace = Pace("3/15 seconds")
    with time_machine.travel(0) as clock:
        for ahead, waiting in ((3600, 0), (0, 0), (-7200, 0), (7200, 1)):
            clock.shift(ahead)
            assert (waits(pace) > 0) == waiting
