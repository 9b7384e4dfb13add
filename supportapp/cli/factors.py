"""`remove-second-factor`: for who has lost the device and the codes."""

import click

from supportapp.cli.changing import because, change, usuario
from supportapp.desk.factors import remove


@click.command()
@usuario
@because
def remove_second_factor(usuario: str, reason: str) -> None:
    """Let USUARIO in by the password alone again, for example after the phone was lost; its sessions end.

    Be sure that it is really they who ask: whoever knows the password needs nothing else then.

    \b
    python -m supportapp remove-second-factor marta --reason "phone lost, called back"
    """
    if change(usuario, reason, remove):
        click.echo(f"{usuario} signs in with the password alone; all sessions ended.")
    else:
        click.echo(f"{usuario} had no second factor.")
