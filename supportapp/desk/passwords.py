"""Which passwords a person may choose: none that is guessed among the first."""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Iterable
from difflib import SequenceMatcher
from importlib import import_module
from math import log10

from supportapp.store.folding import fold

MIN_PASSWORD = 8
MAX_PASSWORD_BYTES = 1024
GUESSES = 6
"""Powers of ten: what is found within a million guesses is refused."""
BESIDE = 6
"""Characters that a password with names in it has besides them."""
LONG = 64
"""Characters of it that are compared with names."""
PART = 5
"""Characters of a name that are taken for the name."""
PIECE = 16
"""Characters that are judged together; the time grows with the power of their number."""

SPANISH = (
    "contraseña", "contrasena", "clave", "secreto", "soporte", "administrador", "bienvenido", "hola", "amor",
    "teamo", "tequiero", "españa", "espana", "mexico", "argentina", "colombia", "usuario", "prueba", "cliente",
)  # fmt: skip
"""What the lists of the library, made from English sources, do not know."""


def password_error(password: str, own: Iterable[str] = ()) -> str | None:
    """A code of `FIELD_SENTENCES` for what nobody may choose; `own` are the names of the person and of the site."""
    if len(password) < MIN_PASSWORD or len(password.encode(errors="replace")) > MAX_PASSWORD_BYTES:
        return "password"
    names = own_words(own)
    if len(beside(password, names)) < BESIDE:
        return "own"
    codes = [judge(piece, names) for piece in {password[:PIECE], password[-PIECE:]}]
    return None if None in codes else codes[0]


def judge(piece: str, names: list[str]) -> str | None:
    # 11 MB of lists, for the few who choose a password.
    matching, scoring = import_module("zxcvbn.matching"), import_module("zxcvbn.scoring")
    known = [*names, *SPANISH]
    dictionaries = {**matching.RANKED_DICTIONARIES, "own": matching.build_ranked_dict(known)}
    found = scoring.most_guessable_match_sequence(piece, matching.omnimatch(piece, dictionaries))
    if log10(found["guesses"]) >= GUESSES:
        return None
    return "own" if any(match.get("matched_word") in names for match in found["sequence"]) else "common"


def beside(password: str, names: list[str]) -> str:
    """What `password` is without the names in it, and without long parts of them."""
    rest = fold(password[:LONG])
    for name in sorted(names, key=len, reverse=True):
        rest = rest.replace(name, "")
        part = SequenceMatcher(None, rest, name, autojunk=False).find_longest_match()
        if part.size >= PART:
            rest = rest[: part.a] + rest[part.a + part.size :]
    return rest


def own_words(own: Iterable[str]) -> list[str]:
    """The names, whole, without blanks and in their words, with accents and without, in small letters."""
    spelled = [form for name in own for form in (name, "".join(name.split()), *name.split())]
    lower = [form for name in spelled for form in (name.lower(), fold(name))]
    return list(dict.fromkeys(form for form in lower if len(form) >= 3))
