"""What may become a message: shape, text and pace."""

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from supportapp.desk.sending import CLIENT_ID, Pace, check, check_text, fingerprint, new_client_id
from supportapp.desk.viewer import Viewer
from supportapp.errors import SupportError

ANA = Viewer("ana", "Ana", "user")


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


def test_beyond_the_limit_one_is_told_how_long_to_wait() -> None:
    pace = Pace("3/15 seconds")
    for _ in range(3):
        pace.check("ana")
    pace.check("luis")
    with pytest.raises(SupportError) as refusal:
        pace.check("ana")
    assert refusal.value.code == "limite"
    assert 0 < (refusal.value.espera_ms or 0) <= 15_000


def test_a_clock_that_was_an_hour_ahead_keeps_nobody_waiting() -> None:
    pace = Pace("3/15 seconds")
    with time_machine.travel(0) as clock:
        clock.shift(3600)
        for _ in range(3):
            pace.check("ana")
        clock.shift(-3600)
        pace.check("ana")
