"""`end-sessions`, `deactivate`, `activate` and `set-role`: who may do what, without a browser. Running processes hear of it at once."""

from functools import partial

import click

from supportapp.cli.changing import because, change, usuario
from supportapp.desk import access, roles


@click.command()
@usuario
@because
def end_sessions(usuario: str, reason: str) -> None:
    """End all sessions of USUARIO: every device has to sign in again.

    \b
    python -m supportapp end-sessions marta
    """
    change(usuario, reason, access.end_sessions)
    click.echo(f"Sessions of {usuario} ended.")


@click.command()
@usuario
@because
def deactivate(usuario: str, reason: str) -> None:
    """Close the account USUARIO: nobody signs in to it or writes to it; its messages stay.

    \b
    python -m supportapp deactivate marta --reason "left the company"
    """
    change(usuario, reason, access.deactivate)
    click.echo(f"Account {usuario} closed; its open pages have ended. To open it again: activate {usuario}")


@click.command()
@usuario
@because
def activate(usuario: str, reason: str) -> None:
    """Open the account USUARIO again, with the password that it had.

    \b
    python -m supportapp activate marta
    """
    change(usuario, reason, access.activate)
    click.echo(f"Account {usuario} is open.")


@click.command()
@usuario
@click.argument("rol", type=click.Choice(["admin", "user"]))
@click.option(
    "--manage/--no-manage", default=None, help="Whether this admin may see to the people (/administracion)."
)
@because
def set_role(usuario: str, rol: str, manage: bool | None, reason: str) -> None:
    """Make USUARIO an admin, or a customer again (`user`).

    A new admin answers everybody and leaves the list of conversations; whoever is none any more stands in it again
    with all that they wrote and received. Open pages change at once; a session longer than the new role's ends.
    Only an admin with --manage may use /administracion: accounts, roles, bans, the audit.

    \b
    python -m supportapp set-role marta admin --manage
    """
    if manage and rol == "user":
        raise click.UsageError("--manage is for admins.")
    changed = change(usuario, reason, partial(roles.set_role, rol=rol, administra=manage))
    if not changed:
        click.echo(f"{usuario} was {rol} already.")
    elif manage is None:
        click.echo(f"{usuario} is {rol} now.")
    else:
        click.echo(f"{usuario} is {rol} now, and may {'' if manage else 'not '}see to the people.")
