"""`demo`: people and conversations to try the chat with."""

import asyncio
import hashlib
import hmac
from collections.abc import Sequence

import click

from supportapp.cli.demo_texts import CONVERSATIONS, PEOPLE, Person
from supportapp.cli.opening import bring_up_to_date, settings_of_command
from supportapp.config import Settings
from supportapp.desk.desk import Desk
from supportapp.desk.viewer import Viewer
from supportapp.errors import FormErrors

NOT_IN_PRODUCTION = (
    "demo is for trying the chat: with ENVIRONMENT=production it would open accounts for strangers."
)


@click.command()
def demo() -> None:
    """Add people and conversations to try the chat with, and print their passwords.

    Safe to run again, also while the chat is running: who and what is there already is not added twice, and no
    account without the prefix `demo.` is touched. Not with ENVIRONMENT=production.
    """
    settings = settings_of_command()
    if settings.production:
        raise click.UsageError(NOT_IN_PRODUCTION)
    bring_up_to_date(settings)
    asyncio.run(add(settings))
    click.echo(f"{len(PEOPLE)} people and {len(CONVERSATIONS)} conversations are there. Sign in as:")
    for person in PEOPLE:
        click.echo(
            f"  {person.usuario:<12} {demo_password(settings, person)}   {person.nombre} ({person.rol})"
        )


async def add(settings: Settings) -> None:
    desk = Desk(settings)
    await desk.start()
    try:
        for person in PEOPLE:
            await add_person(desk, person)
        for usuario, admin, texts in CONVERSATIONS:
            await add_conversation(desk, usuario, admin, texts)
    finally:
        await desk.stop()


async def add_person(desk: Desk, person: Person) -> None:
    """The account with the password that `demo` prints, also where it was changed since."""
    password = demo_password(desk.settings, person)
    try:
        await desk.accounts.register(person.usuario, person.nombre, password, person.rol)
    except FormErrors:  # it is there
        if await desk.accounts.check_password(person.usuario, password) is None:
            await desk.accounts.set_password(person.usuario, password)


async def add_conversation(desk: Desk, usuario: str, admin: str, texts: Sequence[str]) -> None:
    """Send what is not there yet; a text that begins with `<` is the admin's answer."""
    people = {person.usuario: Viewer(person.usuario, person.nombre, person.rol) for person in PEOPLE}
    for number, text in enumerate(texts):
        answer = text.startswith("< ")
        sender, recipient = (people[admin], usuario) if answer else (people[usuario], "admin")
        mensaje = text.removeprefix("< ")
        # The same message has the same name for ever: the database refuses the second one.
        digest = hashlib.blake2b(f"{usuario} {number} {mensaje}".encode(), digest_size=16).hexdigest()
        await desk.send(sender, {"para": recipient, "mensaje": mensaje, "id_cliente": f"demo-{digest}"})


def demo_password(settings: Settings, person: Person) -> str:
    """The same at every run, but nobody's who does not know this installation's secret."""
    digest = hmac.new(
        settings.secrets[0].encode(), f"demo {person.usuario}".encode(), hashlib.sha256
    ).hexdigest()
    return f"{digest[:4]}-{digest[4:8]}-{digest[8:12]}"
