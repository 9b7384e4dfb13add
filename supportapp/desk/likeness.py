"""What a name looks like: two that are read alike have a reading in common."""

import re
import unicodedata
from collections.abc import Iterable

from supportapp.desk.look_alikes import LOOK_ALIKES
from supportapp.store.folding import fold

NAMED = re.compile(
    r"\b(?:LATIN|SQUARED|CIRCLED|INDICATOR SYMBOL)\b.*\bLETTER (?:SMALL CAPITAL |DOTLESS |SCRIPT )?([A-Z])\b"
)
FIGURES = str.maketrans("0134578i", "oleastbl")
SIGNS = str.maketrans("@$€!|", "asell")
"""Signs that stand for letters, as in `$oporte`; behind a word they may be nothing but signs."""

WORDS = ("admin", "equipo", "moderador", "operador", "soporte", "staff", "support")
"""The desk's own: no word of another's name begins so."""
PHRASES = ("atencion al cliente", "customer service", "help desk", "mesa de ayuda", "servicio tecnico")
HIDDEN = ("administra", "soporte", "support")
"""Nor stand these anywhere in it."""


def readings(name: str) -> set[tuple[str, ...]]:
    """The words that the eye reads in `name`, in Latin letters of one case, with signs for letters and without."""
    seen = "".join(map(latin, unicodedata.normalize("NFKD", name)))
    return {words(seen), words(seen.translate(SIGNS))}


def like_the_desk(name: str, admins: Iterable[str]) -> bool:
    """Whether `name` is read as the desk's or as one of `admins`: whoever is called so would be believed."""
    taken = {spelling for admin in admins for reading in readings(admin) for spelling in spellings(reading)}
    return any(
        desk_speaks(reading) or not taken.isdisjoint(spellings(reading))
        for reading in readings(name)
        if reading
    )


def desk_speaks(reading: tuple[str, ...]) -> bool:
    whole = "".join(reading)
    if any(word.startswith(_WORDS) for word in (whole, *reading)):
        return True
    return any(part in whole for part in _ANYWHERE)


def spellings(reading: tuple[str, ...]) -> set[str]:
    """In their order and in any other: `Ruiz Marta` is Marta Ruiz."""
    return {"".join(reading), " ".join(sorted(reading))} - {""}


def latin(character: str) -> str:
    found = LOOK_ALIKES.get(character)
    if found is None and not character.isascii():
        named = NAMED.search(unicodedata.name(character, ""))
        found = named[1] if named else None
    return found or character


def words(seen: str) -> tuple[str, ...]:
    plain = fold(seen).translate(FIGURES).replace("rn", "m").replace("vv", "w")
    return tuple(re.findall(r"[^\W_]+", plain))


_WORDS = tuple(words(word)[0] for word in WORDS)
_ANYWHERE = tuple("".join(words(phrase)) for phrase in (*PHRASES, *HIDDEN))
