"""How moments and people's texts are written."""

from datetime import UTC, datetime, timedelta

import pytest

from supportapp.store.messages import iso
from supportapp.web import filters

MOMENT = datetime(2026, 1, 5, 9, 3, 7, 123456)


def test_moments() -> None:
    assert iso(MOMENT) == "2026-01-05T09:03:07.123Z"
    assert filters.fecha_larga(MOMENT) == "05/01/2026 09:03"
    assert filters.hora(MOMENT) == "09:03"
    assert filters.dia(MOMENT) == "2026-01-05"
    assert filters.dia_largo(MOMENT, "es") == "5 de enero de 2026"
    assert filters.dia_largo(MOMENT, "en") == "January 5, 2026"


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=-30), "ahora"),
        (timedelta(seconds=30), "ahora"),
        (timedelta(minutes=5, seconds=1), "hace 5 min"),
        (timedelta(hours=3, seconds=1), "hace 3 h"),
        (timedelta(days=2, seconds=1), "hace 2 d"),
    ],
)
def test_how_long_ago(ago: timedelta, expected: str) -> None:
    moment = datetime.now(UTC).replace(tzinfo=None) - ago
    assert filters.hace(moment, "es", "ahora").replace("\u00a0", " ") == expected


def test_for_how_long() -> None:
    moment = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=5, seconds=1)
    assert filters.durante(moment, "es").replace("\u00a0", " ") == "5 min"


def test_addresses_become_links() -> None:
    drawn = filters.enlaces("Mire https://a.example/b?c=1&d=2.")
    assert drawn == (
        'Mire <a href="https://a.example/b?c=1&amp;d=2" rel="noopener nofollow ugc" target="_blank">'
        "https://a.example/b?c=1&amp;d=2</a>."
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(vea http://a.example)", "http://a.example"),
        ("http://a.example/x_(y)", "http://a.example/x_(y)"),
        ("¿http://a.example/?", "http://a.example/"),
        ("HTTPS://A.example!", "HTTPS://A.example"),
        ("«https://a.example»", "https://a.example"),
    ],
)
def test_the_punctuation_around_an_address_is_not_part_of_it(text: str, address: str) -> None:
    assert f'href="{address}"' in filters.enlaces(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        'http://a.example/"onmouseover="alert(1)',
        "javascript:alert(1)",
        "<img src=x onerror=alert(1)>",
        "http://a.example/<b>",
        "http://",
        "https://...",
    ],
)
def test_what_a_person_typed_stays_text(text: str) -> None:
    drawn = str(filters.enlaces(text))
    without_links = drawn.replace("<a href=", "").replace("</a>", "")
    assert "<" not in without_links
    assert 'onmouseover="' not in drawn
    assert 'href="javascript' not in drawn
