"""`migrate`: brings the database's schema up to date."""

import click

from supportapp.cli.opening import bring_up_to_date, settings_of_command, unusable_is_one_line
from supportapp.store.migrations import break_lock


@click.command()
@click.option(
    "--break-lock", "breaking", is_flag=True, help="First remove the lock that a killed run left behind."
)
def migrate(breaking: bool) -> None:
    """Create the tables, or bring them up to date.

    Applies what is missing of sql/ to DATABASE_URL and tells each step; safe to run again, and on a database
    that is in use. A deployment runs it before `serve`, which refuses an old schema in production.
    """
    settings = settings_of_command()
    if breaking:
        with unusable_is_one_line():
            break_lock(settings.database_url)
    applied = bring_up_to_date(settings)
    click.echo(f"{applied} migrations applied." if applied else "The schema is current.")
