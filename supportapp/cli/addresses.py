"""Addresses of databases that are typed: one line for each that is wrong, and never their passwords."""

import sys

import click

from supportapp.cli.ailments import away
from supportapp.values import normal_database_url


def address(value: str, about: str) -> str:
    """`value` in its one spelling; `-` reads it from standard input, where no list of processes shows it."""
    given = sys.stdin.readline().strip() if value == "-" else value
    try:
        return normal_database_url(given)
    except ValueError as error:
        raise click.UsageError(f"{about} {error}.") from None


def unusable(error: Exception, about: str) -> str:
    """Why the database of that address cannot be used, and what to do."""
    return f"{about}: {away(error).replace('DATABASE_URL', about)}"
