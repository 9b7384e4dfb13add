"""The command line: one file per command, joined here."""

import sys
from typing import Any

import click

from supportapp import __version__
from supportapp.config import ConfigError
from supportapp.errors import StartError


class Commands(click.Group):
    """A group whose refusals are one line each: status 2 for what was typed, 1 for what could not be done."""

    def main(self, *args: Any, **extra: Any) -> Any:
        extra["standalone_mode"] = False
        try:
            status = super().main(*args, **extra)
        except click.UsageError as error:
            status = refuse(2, error.format_message() + hint(error))
        except click.ClickException as error:
            status = refuse(error.exit_code, error.format_message())
        except ConfigError as error:
            status = refuse(2, *error.lines)
        except StartError as error:
            status = refuse(1, str(error))
        except (click.Abort, KeyboardInterrupt):
            status = 130
        sys.exit(status if isinstance(status, int) else 0)


def refuse(status: int, *lines: str) -> int:
    for line in lines:
        click.echo(line, err=True)
    return status


def hint(error: click.UsageError) -> str:
    return f" (see: {error.ctx.command_path} --help)" if error.ctx else ""


@click.group(cls=Commands, name="python -m supportapp", context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="supportapp")
def main() -> None:
    """A support chat that cannot lose or double a message.

    Settings are read from the environment: DATABASE_URL, JWT_SECRET, HOST, PORT, PUBLIC_URL and others; the
    README lists them. Without any, everything is kept in instance/ and served on http://127.0.0.1:8000.

    \b
    To try it:       make run, then make demo in a second terminal
    To operate it:   migrate, assets, serve; doctor says what is wrong
    """
