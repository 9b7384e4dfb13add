"""`create-user` and `set-password`: accounts, without a browser."""

import asyncio
import sys
from types import MappingProxyType

import click

from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk.accounts import Accounts
from supportapp.errors import FormErrors

REFUSALS = MappingProxyType(
    {
        "name": "USUARIO: 1 to 64 of A-Z a-z 0-9 . _ @ -, beginning with a letter or a digit.",
        "nombre": "--nombre: 1 to 100 printable characters.",
        "reserved": "This name is the desk's or an admin's, or is read like it; only --rol admin may have it.",
        "password": "The password must have 8 characters or more.",
        "common": "This password is one of the first to be guessed; take several words that have nothing to do with each other.",
        "own": "The password is the name or the account with little more; take several words that have nothing to do with each other.",
        "taken": "This account exists already, or somebody of this name was erased (capital letters and accents make no difference).",
    }
)

from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it."
)


@click.command()
@click.argument("usuario")
@click.option("--nombre", required=True, metavar="N", help="The name that people see.")
@click.option(
    "--rol", required=True, type=click.Choice(["user", "admin"]), help="An admin answers everybody."
)
@from_stdin
def create_user(usuario: str, nombre: str, rol: str, password_stdin: bool) -> None:
    """Create the account USUARIO.

    \b
    echo "$PASSWORD" | python -m supportapp create-user marta --nombre "Marta Ruiz" --rol admin --password-stdin
    """
    settings = settings_of_command()
    password = read_password(password_stdin)
    try:
        asyncio.run(register(settings, usuario, nombre, password, rol))
    except FormErrors as error:
        raise click.UsageError(sentences(error)) from None
    click.echo(f"Account {usuario} ({rol}) created.")


@click.command()
@click.argument("usuario")
@from_stdin
def set_password(usuario: str, password_stdin: bool) -> None:
    """Give USUARIO a new password and end all their sessions.

    \b
    echo "$PASSWORD" | python -m supportapp set-password admin --password-stdin
    """
    settings = settings_of_command()
    password = read_password(password_stdin)
    try:
        found = asyncio.run(change(settings, usuario, password))
    except FormErrors as error:
        raise click.UsageError(sentences(error)) from None
    if not found:
        raise click.UsageError(f"There is no account {usuario!r} (names are exact).")
    click.echo(f"Password of {usuario} set; sessions that were open have ended.")


async def register(settings: Settings, usuario: str, nombre: str, password: str, rol: str) -> None:
    async with open_database(settings) as database:
        accounts = Accounts(database, settings.public_origin)
        try:
            await accounts.register(usuario, nombre, password, rol)
        finally:
            accounts.close()


async def change(settings: Settings, usuario: str, password: str) -> bool:
    async with open_database(settings) as database:
        accounts = Accounts(database, settings.public_origin)
        try:
            return await accounts.set_password(usuario, password)
        finally:
            accounts.close()


def read_password(from_stdin: bool) -> str:
    """The first line of standard input, or what is typed twice at the terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password: use --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def sentences(error: FormErrors) -> str:
    return " ".join(REFUSALS.get(code, code) for code in error.fields.values())
