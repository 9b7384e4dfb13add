"""What a person may ask of `make bench`, checked; pure."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

PARTS = ("saturated", "steady", "idle", "growth", "page")
OTHERS = ("storm", "roll", "delivery", "crowded")
"""Those that are measured only where they are named: on MariaDB, with many people or several processes."""
DATABASES = ("mariadb", "sqlite")


@dataclass(frozen=True, slots=True)
class Arguments:
    """`reference`: a command that serves the contract; `short`: only to see that everything works."""

    parts: tuple[str, ...]
    databases: tuple[str, ...]
    reference: str | None
    write: bool
    short: bool


class Refused(Exception):  # noqa: N818
    """Wrong arguments; one line that says what is right."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise Refused(message)


def read(arguments: Sequence[str]) -> Arguments:
    """Raises `Refused`."""
    parser = Parser(prog="make bench", description="What the way of a message costs, beside a reference.")
    parser.add_argument("--parts", default=" ".join(PARTS), help=f"some of: {' '.join(PARTS + OTHERS)}")
    parser.add_argument("--databases", default=" ".join(DATABASES), help=f"some of: {' '.join(DATABASES)}")
    parser.add_argument("--reference", default="", help="a command that serves the contract on PORT")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--short", action="store_true", help="only to see that everything works: no figures")
    given = parser.parse_args(arguments)
    found, databases = (
        chosen("PARTS", given.parts, PARTS + OTHERS),
        chosen("DATABASES", given.databases, DATABASES),
    )
    if given.write and (given.short or (found, databases) != (PARTS, DATABASES)):
        raise Refused(
            "WRITE: docs/performance.md is written from a whole run, without PARTS, DATABASES and SHORT"
        )
    return Arguments(found, databases, command(given.reference), given.write, given.short)


def chosen(name: str, given: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `known` that are asked for, in the order in which they are known."""
    words = given.split()
    if unknown := [word for word in words if word not in known]:
        raise Refused(f"{name}: {unknown[0]} is none of: {' '.join(known)}")
    if not words:
        raise Refused(f"{name}: name some of: {' '.join(known)}")
    return tuple(word for word in known if word in words)


def command(given: str) -> str | None:
    try:
        words = shlex.split(given)
    except ValueError as error:
        raise Refused(f"REFERENCE: {error}") from None
    return given if words else None
