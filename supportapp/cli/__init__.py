"""The command line: one file per command, joined here."""

import click

from supportapp import __version__
from supportapp.cli.accounts import create_user, set_password
from supportapp.cli.assets import assets
from supportapp.cli.demo import demo
from supportapp.cli.doctor import doctor
from supportapp.cli.group import Commands
from supportapp.cli.migrate import migrate
from supportapp.cli.serve import serve


@click.group(cls=Commands, context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="supportapp")
def main() -> None:
    """A support chat that cannot lose or double a message.

    Settings are read from the environment (DATABASE_URL, JWT_SECRET, HOST, PORT, PUBLIC_URL …); the README
    lists them all. Without any, everything is kept in instance/ and served on http://127.0.0.1:8000.

    \b
    To try it       serve, then demo in a second terminal
    To operate it   migrate, assets, serve with ENVIRONMENT=production
    To mend it      doctor says what is wrong and what to do

    Exit status: 0 done; 1 it could not be done, with one line that says why; 2 what was typed or set is wrong.
    """


for command in (serve, migrate, assets, demo, create_user, set_password, doctor):
    main.add_command(command)
