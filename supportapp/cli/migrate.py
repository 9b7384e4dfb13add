"""`migrate`: brings the database's schema up to date."""

import click

from supportapp.cli.opening import bring_up_to_date
from supportapp.config import load_settings


@click.command()
def migrate() -> None:
    """Create the tables, or bring them up to date.

    Applies what is missing of sql/ to DATABASE_URL and tells each step; safe to run again, and on a database
    that is in use. A deployment runs it before `serve`, which refuses an old schema in production.
    """
    applied = bring_up_to_date(load_settings())
    click.echo(f"{applied} migrations applied." if applied else "The schema is current.")
