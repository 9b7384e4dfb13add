"""How a template writes moments and people's texts."""

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date, format_timedelta
from markupsafe import Markup, escape

from supportapp.web.links import spans

WEEK = 7 * 24 * 60


def ahora_ms() -> int:
    """This moment in milliseconds since 1970, for the page's own clock."""
    return time.time_ns() // 1_000_000


def fecha_larga(fecha: datetime) -> str:
    """`DD/MM/YYYY HH:MM` in UTC; the page's script makes it local."""
    return f"{fecha:%d/%m/%Y %H:%M}"


def hora(fecha: datetime) -> str:
    return f"{fecha:%H:%M}"


def dia(fecha: datetime) -> str:
    return f"{fecha:%Y-%m-%d}"


def dia_largo(fecha: datetime, lang: str) -> str:
    """The day in words, such as «jueves, 15 de enero de 2026», as the page's script would write it."""
    return in_words(fecha.date(), lang)


def hace(fecha: datetime, lang: str, now: str) -> str:
    """How long ago, in few letters, such as «hace 5 min»; within the minute, or by a fast clock, `now`; after a week the day."""
    minutes = minutes_since(fecha)
    if minutes >= WEEK:
        return f"{fecha:%d/%m/%Y}"  # «hace 2 m» would be read as minutes; the page's script writes the same
    return now if minutes < 1 else lasting(minutes, lang, ago=True)


def durante(fecha: datetime, lang: str) -> str:
    """How long since, in few letters, such as «5 min»; at least a minute."""
    return lasting(max(1, minutes_since(fecha)), lang, ago=False)


def minutes_since(fecha: datetime) -> int:
    return int((datetime.now(UTC).replace(tzinfo=None) - fecha).total_seconds() // 60)


# Babel takes 50 µs for each of these, and a list has a hundred of them.
@lru_cache(maxsize=4096)
def in_words(day: date, lang: str) -> str:
    return format_date(day, format="full", locale=lang)


@lru_cache(maxsize=4096)
def lasting(minutes: int, lang: str, *, ago: bool) -> str:
    delta = timedelta(minutes=-minutes if ago else minutes)
    return format_timedelta(delta, threshold=1.0, add_direction=ago, format="short", locale=lang)


def enlaces(text: str) -> Markup:
    """`text` escaped, with its first web addresses as links; nothing else in it is interpreted."""
    parts: list[str] = []
    done = 0
    for start, end in spans(text):
        address = escape(text[start:end])
        parts += [
            escape(text[done:start]),
            f'<a href="{address}" rel="noopener nofollow ugc" target="_blank">{address}</a>',
        ]
        done = end
    return Markup("".join([*parts, escape(text[done:])]))  # noqa: S704 - each part is escaped above
