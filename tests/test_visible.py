"""One definition of what can be seen, on the server and in the page."""

import json
import subprocess
import unicodedata
from datetime import datetime

import pytest

from supportapp.config import PROJECT
from supportapp.desk.accounts import name_errors
from supportapp.desk.batch import latest, new_summary
from supportapp.desk.sending import FORBIDDEN, check_text
from supportapp.errors import SupportError
from supportapp.store.messages import NewMessage
from supportapp.visible import IGNORABLE, cut, is_visible
from tests.clients.fixtures import node_path

EMPTY = [
    "", " ", "\t\n", "\u00a0", "\u3000", "\u2003\u2028\u2029", "\u0085", "\u200b", "\u200b \u200c\u200d", "\u2060",
    "\ufeff", "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800\u2800", "\u180e",
    "\ufe0f", "\U000e0100", "\U000e0041\U000e007f", "\u202e\u202c", "\u2066\u2069", "\u200e\u200f", "\u0301",
    "\u0301\u20dd\u0327", "\u0903", "\u17b4", "\u3099", " \u0301", "\ufffc", "\U0001d159", "\U0001d173", "\u2064",
    "\U000e0fff", "\ufff0",
]  # fmt: skip
SEEN = [
    "a",
    ".",
    "\u200bñ",
    "e\u0301",
    "क्\u200dष",
    "\u1100",
    "\u0600",
    "🇪🇸",
    "👩‍👩‍👧",
    "❤\ufe0f",
    "\ue000",
    "\u20ac",
    "\u0378",
]


@pytest.mark.parametrize("text", EMPTY, ids=ascii)
def test_what_shows_nothing_is_empty_as_a_message_and_as_a_name(text: str) -> None:
    assert not is_visible(text)
    with pytest.raises(SupportError, match=r"vacio|formato"):
        check_text(text)
    assert "nombre" in name_errors("ana", text)


@pytest.mark.parametrize("text", SEEN, ids=ascii)
def test_whatever_shows_something_may_be_said(text: str) -> None:
    assert is_visible(text)
    assert check_text(text) == text


def test_the_tables_agree_with_what_this_python_knows_of_unicode() -> None:
    for code in range(0x110000):
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] in "MZ" or category in {"Cc", "Cs"} or character.isspace():
            assert not is_visible(character), ascii(character)
        elif category[0] in "LNPS" and not IGNORABLE.match(character):
            assert is_visible(character), ascii(character)


def test_the_page_says_the_same_of_every_character_and_of_texts_made_of_them() -> None:
    texts = [*EMPTY, *SEEN, *(one + other for one in EMPTY for other in (*EMPTY, *SEEN))]
    run = subprocess.run(
        [node_path(), PROJECT / "tests/js/verdicts.mjs"],
        input=json.dumps(texts), capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = json.loads(run.stdout)
    assert said["texts"] == [is_visible(text) for text in texts]
    server = "".join("1" if is_visible(chr(code)) else "0" for code in range(0x110000))
    assert said["all"] == server
    assert said["refused"] == [code for code in range(0x110000) if FORBIDDEN.search(chr(code))]


@pytest.mark.parametrize(
    "sign",
    [
        "👩‍👩‍👧",
        "🇪🇸",
        "e\u0301\u0323",
        "\u1112\u1161\u11ab",
        "👍🏽",
        "❤\ufe0f",
        "क्षि",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e007f",
    ],
    ids=ascii,
)
def test_a_cut_takes_a_sign_whole_or_not_at_all(sign: str) -> None:
    text = "ab" + sign * 3 + "c"
    for most in range(2, len(text) + 1):
        kept = cut(text, most)
        whole = min((most - 2) // len(sign), 3)
        assert kept == (text if most == len(text) else "ab" + sign * whole)


def test_a_sign_longer_than_the_cut_is_cut_and_never_slow() -> None:
    assert cut("e" + "\u0301" * 4000, 120) == "e" + "\u0301" * 119
    assert cut("x" * 121, 120) == "x" * 120


def test_the_list_shows_no_half_of_a_flag() -> None:
    row = NewMessage(
        id=1, de_usuario="ana", para_usuario="admin", mensaje="a" + "🇪🇸" * 300, fecha=datetime(2026, 1, 5),
        de_admin=False, id_cliente="x" * 16, huella="", numero=1,
    )  # fmt: skip
    assert latest(new_summary("ana"), row).vista_previa == "a" + "🇪🇸" * 59
