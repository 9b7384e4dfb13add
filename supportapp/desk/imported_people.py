"""Who of the older system becomes which account here: a pure decision, made before anything is written."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from supportapp.desk.imported_accounts import MOST_OLD, account_of, clean, differences, is_ghost, reserved
from supportapp.desk.viewer import DESK
from supportapp.store.folding import fold
from supportapp.store.imported import Account
from supportapp.store.legacy import OldPerson
from supportapp.store.users import User
from supportapp.visible import cut, is_visible

ROOM = 60
"""Characters of a name to which a number may have to be added."""

Folded = Literal["merge", "number"]
"""What becomes of names that differ in case or accents only: one account, or a number behind the second."""


class Undecided(Exception):  # noqa: N818
    """Somebody has to say who these are; `groups`: the names that are read as one."""

    def __init__(self, groups: list[list[str]]) -> None:
        super().__init__(groups)
        self.groups = groups


@dataclass(slots=True)
class Plan:
    """`where`: the account here of every name there; None for names that cannot have one."""

    where: dict[str, str | None] = field(default_factory=dict)
    new: list[Account] = field(default_factory=list)
    met: list[Account] = field(default_factory=list)
    """Decided now, of accounts that are here or were decided already."""
    desk: Account | None = None
    """Who was the desk there, where nobody has signed in to it here yet."""
    renamed: dict[str, str] = field(default_factory=dict)
    here: list[str] = field(default_factory=list)
    """Were here already under the same name, and not by an import."""
    unknown: list[str] = field(default_factory=list)
    """Stand in messages only: whoever they were, their account was removed."""
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Decision:
    """`earlier`: what was decided before, which holds; `renames`: what is said now, by the names there."""

    here: Mapping[str, User]
    earlier: Mapping[str, str]
    renames: Mapping[str, str]
    folded: Folded | None
    plan: Plan = field(default_factory=Plan)
    taken: dict[str, str] = field(default_factory=dict)
    """The account of each folded name."""
    names: set[str] = field(default_factory=set)
    """Accounts that are there or will be."""
    theirs: set[str] = field(default_factory=set)
    """Their names, folded: none of them is given to somebody else."""

    def decide(self, people: Iterable[OldPerson]) -> Plan:
        """Raises `Undecided`. Admins come first, so that it is the others who get another name."""
        self.taken = {fold(name): name for name in self.here}
        self.names = set(self.here)
        ordered = sorted(people, key=self.turn)
        self.theirs = {fold(person.usuario) for person in ordered}
        groups: dict[str, list[str]] = {}
        for person in ordered:
            if not is_visible(person.usuario) or len(person.usuario) > MOST_OLD:
                self.plan.where[person.usuario] = None
            elif name := self.name(person):
                self.take(person, name)
            else:
                groups.setdefault(fold(clean(person.usuario)), []).append(person.usuario)
        if groups:
            here = ({self.taken[key]} if key in self.taken else set() for key in groups)
            raise Undecided(
                [sorted(one.union(names)) for one, names in zip(here, groups.values(), strict=True)]
            )
        return self.plan

    def turn(self, person: OldPerson) -> tuple[bool, bool]:
        """Whoever keeps their name comes before those who are called otherwise."""
        other = person.usuario in self.renames or clean(person.usuario) != person.usuario
        return other, person.rol != "admin"

    def name(self, person: OldPerson) -> str | None:
        """The account of this person; None where somebody has to decide."""
        if said := self.earlier.get(person.usuario) or self.renames.get(person.usuario):
            return self.taken.get(fold(said), said)
        name = clean(person.usuario)
        theirs = self.taken.get(fold(name))
        if name == DESK and (person.rol == "admin" or is_ghost(person)):
            return name
        if not reserved(name):
            if theirs is None or theirs == person.usuario:
                return name
            if self.folded == "merge":
                return theirs
        return self.numbered(name) if self.folded or name != person.usuario else None

    def numbered(self, name: str) -> str:
        shorter = cut(name, ROOM)
        return next(
            one
            for n in range(2, 10**6)
            if fold(one := f"{shorter}-{n}") not in self.taken and fold(one) not in self.theirs
        )

    def take(self, person: OldPerson, name: str) -> None:
        plan, known = self.plan, name in self.names
        account = account_of(person, name)
        plan.where[person.usuario] = name
        if name != person.usuario:
            plan.renamed[person.usuario] = name
        if name == person.usuario == DESK and DESK in self.here and self.here[DESK].pass_hash is None:
            plan.desk = None if is_ghost(person) else account
        elif name in self.here and name == person.usuario and name not in self.earlier:
            plan.here.append(name)
        if person.usuario not in self.earlier:
            (plan.met if known else plan.new).append(account)
            plan.notes.update(differences(person, account))
            if is_ghost(person) and not known:
                plan.unknown.append(person.usuario)
        self.names.add(name)
        self.taken.setdefault(fold(name), name)
