"""Somebody of the older system as an account here, and what of them is another than it was there."""

import re
from collections.abc import Iterable, Iterator

from supportapp.desk.names import MAX_NOMBRE, UNPRINTABLE
from supportapp.desk.sending import FORBIDDEN
from supportapp.desk.viewer import DESK, ROBOT_DESK, ROBOT_USER
from supportapp.store.folding import fold
from supportapp.store.imported import Account
from supportapp.store.legacy import OldPerson
from supportapp.visible import cut, is_visible

MOST, MOST_OLD = 64, 255
"""Characters of a name here, and of one there."""
BCRYPT = re.compile(r"\$2[aby]\$[0-3][0-9]\$[./A-Za-z0-9]{53}\Z")
ROLES = frozenset({"admin", "user"})


def account_of(person: OldPerson, name: str) -> Account:
    nombre = UNPRINTABLE.sub("", person.nombre or "").strip()
    return Account(
        nombre_anterior=person.usuario,
        usuario=name,
        nombre=cut(nombre if is_visible(nombre) else name, MAX_NOMBRE),
        rol="admin" if person.rol == "admin" else "user",
        pass_hash=person.clave if person.clave and BCRYPT.match(person.clave) else None,
        activo=not is_ghost(person),
        imagen=person.imagen if person.imagen and len(person.imagen) <= MOST_OLD else None,
    )


def differences(person: OldPerson, account: Account) -> Iterator[str]:
    """What is another than it was there."""
    if is_ghost(person):
        return
    if person.rol not in ROLES:
        yield f"role {person.rol!r} is unknown here: they are a user"
    if account.pass_hash is None:
        yield "password is no bcrypt hash: nobody signs in before set-password"
    if account.nombre != person.nombre:
        yield "nombre was empty, too long or not printable"
    if account.imagen != person.imagen:
        yield "imagen is longer than 255 characters, and was left out"


def everybody(people: Iterable[OldPerson], names: Iterable[tuple[str, str | None]]) -> Iterator[OldPerson]:
    """The people and, for names in messages that nobody has any more, somebody whose account is closed."""
    yield from people
    for name, known in names:
        if known is None:
            yield OldPerson(name, name, GHOST, None, None)


def is_ghost(person: OldPerson) -> bool:
    return person.rol is GHOST


def clean(name: str) -> str:
    return cut(FORBIDDEN.sub("", name).strip(), MOST)


def reserved(name: str) -> bool:
    """The desk's own name is nobody else's, nor are the canary's."""
    return fold(name) in (DESK, fold(ROBOT_USER), fold(ROBOT_DESK))


GHOST = "\x00"
"""The role of somebody who has no account there any more; no role of theirs can be it."""
