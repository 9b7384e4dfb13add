"""`people`: who there is, what each may do, and when they were here last."""

import asyncio

import click

from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk.people import people as page_of
from supportapp.store.people import Person, Search

PAGE = 200


@click.command()
@click.option(
    "--search", default="", metavar="TEXT", help="Only whose names contain it; case and accents aside."
)
@click.option("--rol", type=click.Choice(["user", "admin"]), help="Only those of this role.")
def people(search: str, rol: str | None) -> None:
    """List the people by name: role, state, last use of a session (UTC), open sessions.

    `manages`: may see to the people. Who was not seen has no session that is remembered.

    \b
    python -m supportapp people --search mar
    """
    asyncio.run(show(settings_of_command(), Search(search, rol or "")))


async def show(settings: Settings, search: Search) -> None:
    """A page at a time, so that nobody waits for the last of a hundred thousand."""
    async with open_database(settings) as database:
        after, more = "", True
        while more:
            page = await page_of(database, search, after, PAGE)
            for person in page.people:
                click.echo(line(person))
                after = person.usuario
            more = page.more and bool(page.people)


def line(person: Person) -> str:
    state = [
        "manages" if person.administra else "",
        "" if person.activo else "closed",
        f"banned until {person.prohibida:%Y-%m-%d %H:%M}" if person.prohibida else "",
        f"seen {person.vista:%Y-%m-%d %H:%M}" if person.vista else "not seen",
        f"sessions {person.sesiones}" if person.sesiones else "",
    ]
    return "  ".join([person.usuario, person.rol, *filter(None, state), person.nombre])
