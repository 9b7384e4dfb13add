"""The command line: one file per command, joined here; each is imported when it is asked for."""

from types import MappingProxyType

import click

from supportapp import __version__
from supportapp.cli.group import Commands

WHERE = MappingProxyType(
    {
        "serve": "serve",
        "migrate": "migrate",
        "assets": "assets",
        "demo": "demo",
        "create-user": "accounts",
        "set-password": "accounts",
        "end-sessions": "access",
        "deactivate": "access",
        "activate": "access",
        "set-role": "access",
        "people": "people",
        "invite": "links",
        "reset-link": "links",
        "ban": "bans",
        "unban": "bans",
        "bans": "bans",
        "remove-second-factor": "factors",
        "audit": "audit",
        "import-reference": "importing",
        "copy": "copying",
        "backup": "backup",
        "export-person": "erasing",
        "erase": "erasing",
        "retention": "retention",
        "doctor": "doctor",
    }
)


@click.group(
    cls=Commands,
    where=WHERE,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="supportapp")
def main() -> None:
    """A support chat that cannot lose or double a message.

    Settings are read from the environment (DATABASE_URL, JWT_SECRET, HOST, PORT, PUBLIC_URL …); the README
    lists them all. Without any, everything is kept in instance/ and served on http://127.0.0.1:8000.

    \b
    To try it       serve, then demo in a second terminal
    To operate it   migrate, assets, serve with ENVIRONMENT=production
    To move it      import-reference, copy, backup
    To mend it      doctor says what is wrong and what to do

    Exit status: 0 done; 1 it could not be done, with one line that says why; 2 what was typed or set is wrong.
    """
