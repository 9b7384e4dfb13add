"""How every command ends: a refusal is a line on stderr and an exit status, never a traceback."""

import re
import sys
from collections import UserDict
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from supportapp.cli.output import end_output, keep_standard_descriptors, show_what_can_be_shown
from supportapp.config import ConfigError
from supportapp.errors import StartError

PASSWORD = re.compile(r"(://[^:/?#\s]*):\S*@")
"""In an address that somebody typed, and that is said back to them."""


class Lazy(UserDict[str, click.Command]):
    """Commands by name that are imported when they are asked for; `where`: name → module of this package."""

    def __init__(self, where: Mapping[str, str]) -> None:
        super().__init__()
        self.data = dict(where)  # type: ignore[arg-type]

    def __getitem__(self, name: str) -> click.Command:
        module = import_module(f"supportapp.cli.{self.data[name]}")
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command


class Commands(click.Group):
    """Commands in the order of `where`; refusals are one line each.

    Status 2: what was typed or set is wrong. Status 1: it could not be done.
    """

    def __init__(self, *, where: Mapping[str, str], **attributes: Any) -> None:
        super().__init__(commands=Lazy(where), **attributes)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def main(self, *args: Any, **extra: Any) -> Any:
        extra["standalone_mode"] = False
        extra.setdefault("prog_name", "python -m supportapp")
        keep_standard_descriptors()
        show_what_can_be_shown()
        try:
            status = super().main(*args, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            status = refuse(2, error.format_message())
        except click.UsageError as error:
            status = refuse(2, one_line(error))
        except click.ClickException as error:
            status = refuse(error.exit_code, error.format_message())
        except ConfigError as error:
            status = refuse(2, *error.lines)
        except StartError as error:
            status = refuse(1, str(error))
        except OSError as error:
            status = refuse(1, said(error))
        except (click.Abort, KeyboardInterrupt):
            status = 130
        if (why := end_output()) and not status:
            status = refuse(1, why)
        sys.exit(status if isinstance(status, int) else 0)


def refuse(status: int, *lines: str) -> int:
    with suppress(OSError):  # nobody may be there to read it
        for line in lines:
            click.echo(PASSWORD.sub(r"\1:***@", line), err=True)
    return status


def said(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    if error.filename is None:
        return f"Cannot go on: {reason}. Can standard output be written?"
    return f"Cannot go on: {error.filename}: {reason}. Set INSTANCE_DIR, SPOOL_DIR or DATABASE_URL to where it can be."


def one_line(error: click.UsageError) -> str:
    message = " ".join(error.format_message().split())
    return f"{message} See: {error.ctx.command_path} --help" if error.ctx else message
