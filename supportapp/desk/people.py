"""The people as those see them who see to them."""

from dataclasses import dataclass

from supportapp.desk.moment import utc_now
from supportapp.desk.viewer import ROBOT_DESK, ROBOT_USER, Viewer
from supportapp.errors import NotFound
from supportapp.store.database import Database
from supportapp.store.people import Person, Search, select_people, select_person

ROBOTS = (ROBOT_USER, ROBOT_DESK)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """People in the order of their names; `more`: there are others behind the last one."""

    people: list[Person]
    more: bool


async def people(database: Database, search: Search, after: str = "", limit: int = 50) -> PeoplePage:
    """A page of them behind the name `after`, without the canary's robots."""
    rows = await select_people(database, search, utc_now(), after=after, but=ROBOTS, limit=limit + 1)
    return PeoplePage(rows[:limit], len(rows) > limit)


async def person(database: Database, viewer: Viewer, usuario: str) -> Person:
    """Raises `NotFound`, for whoever may not see to the people, too."""
    found = await select_person(database, usuario, utc_now()) if viewer.administra else None
    if found is None or usuario in ROBOTS:
        raise NotFound
    return found
