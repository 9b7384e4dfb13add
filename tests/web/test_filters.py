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
    assert filters.dia_largo(MOMENT, "es") == "lunes, 5 de enero de 2026"
    assert filters.dia_largo(MOMENT, "en") == "Monday, January 5, 2026"


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=-30), "ahora"),
        (timedelta(seconds=30), "ahora"),
        (timedelta(minutes=5, seconds=1), "hace 5 min"),
        (timedelta(hours=3, seconds=1), "hace 3 h"),
        (timedelta(days=2, seconds=1), "hace 2 d"),
        (timedelta(days=6, seconds=1), "hace 6 d"),
    ],
)
def test_how_long_ago(ago: timedelta, expected: str) -> None:
    moment = datetime.now(UTC).replace(tzinfo=None) - ago
    assert filters.hace(moment, "es", "ahora").replace("\u00a0", " ") == expected


def test_for_how_long() -> None:
    moment = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=5, seconds=1)
    assert filters.durante(moment, "es").replace("\u00a0", " ") == "5 min"


def test_after_a_week_the_day_is_told() -> None:
    """«Hace 2 m» would be read as minutes."""
    moment = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=7, minutes=1)
    assert filters.hace(moment, "es", "ahora") == f"{moment:%d/%m/%Y}"
