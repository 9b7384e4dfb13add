"""Which names a new account may have: readable, and nobody else's."""

import re
import unicodedata
from collections.abc import Sequence

from supportapp.desk.likeness import like_the_desk
from supportapp.desk.viewer import ROBOT_DESK, ROBOT_USER
from supportapp.store.users import NAME_PATTERN, User, fold
from supportapp.visible import IGNORABLE, is_visible

MAX_NOMBRE = 100
MOST_MARKS = 40
"""Combining marks of one name: accents and vowel signs, not decoration."""

STACKED = 2
"""Combining marks on one letter; Vietnamese needs two."""
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def name_errors(usuario: str, nombre: str) -> dict[str, str]:
    """A code of `FIELD_SENTENCES` for each of the two that no account may have."""
    errors = {}
    if not re.fullmatch(NAME_PATTERN, usuario):
        errors["user"] = "name"
    elif fold(usuario) in (ROBOT_USER, ROBOT_DESK):
        errors["user"] = "taken"
    if not is_readable(nombre):
        errors["nombre"] = "nombre"
    return errors


def reserved_errors(usuario: str, nombre: str, admins: Sequence[User]) -> dict[str, str]:
    """The same for what only the desk may be called: its own words, and the names of `admins`."""
    theirs = [name for admin in admins for name in (admin.usuario, admin.nombre)]
    given = {"user": usuario.partition("@")[0], "nombre": nombre}
    return {field: "reserved" for field, name in given.items() if like_the_desk(name, theirs)}


def is_readable(nombre: str) -> bool:
    if not is_visible(nombre) or len(nombre) > MAX_NOMBRE:
        return False
    if UNPRINTABLE.search(nombre) or IGNORABLE.search(nombre):
        return False
    found = marks(nombre)
    return "M" * (STACKED + 1) not in found and found.count("M") <= MOST_MARKS


def marks(text: str) -> str:
    """`M` for each combining mark of `text`, a dot for anything else."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join("M" if unicodedata.category(char)[0] == "M" else "." for char in decomposed)
