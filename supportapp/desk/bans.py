"""Who may not come in for a time: banning people and networks, and what this process knows of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import structlog

from supportapp.desk.access import changing, end_all, leave
from supportapp.desk.audit import COMMAND_LINE, Actor, reason, recording
from supportapp.desk.moment import utc_now
from supportapp.desk.networks import Network, Networks, network_of
from supportapp.errors import NotFound
from supportapp.store.bans import Ban, delete_ban, select_bans, upsert_ban
from supportapp.store.changes import Kind
from supportapp.store.database import Database

log = structlog.get_logger("supportapp.bans")

LONGEST = timedelta(days=3650)


class Bans:
    """Those that hold, as this process knows them: `load` follows the table whenever `cambios` tells of one.

    Asked for at every request and every socket, so without the database. `loaded` is called after each reading.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._people: Mapping[str, datetime] = {}
        self._ends: Mapping[Network, datetime] = {}
        self._networks = Networks()
        self._next_end = datetime.max
        self.loaded: Callable[[], None] = lambda: None

    async def load(self) -> None:
        """Read them anew; raises `DatabaseUnavailable`."""
        now = utc_now()
        found = await select_bans(self._database, now)
        self._people = {ban.valor: ban.hasta for ban in found if ban.tipo == "persona"}
        self._ends = dict(networks(ban for ban in found if ban.tipo == "red"))
        self._hold(now)
        self.loaded()

    def person(self, usuario: str) -> bool:
        """Whether this person may not come in now."""
        return bool(self._people) and self._people.get(usuario, datetime.min) > utc_now()

    def address(self, direccion: str) -> bool:
        """Whether nobody may come in from there now."""
        if not self._ends:
            return False
        if utc_now() >= self._next_end:
            self._hold(utc_now())
        return self._networks.having(direccion)

    def _hold(self, now: datetime) -> None:
        holding = {network: end for network, end in self._ends.items() if end > now}
        self._networks, self._next_end = Networks(holding), min(holding.values(), default=datetime.max)
        self._ends = holding


def networks(bans: Iterable[Ban]) -> Iterator[tuple[Network, datetime]]:
    """What SQL by hand wrote and is none must not keep the others from holding."""
    for ban in bans:
        try:
            yield network_of(ban.valor), ban.hasta
        except ValueError:
            log.error("no network", valor=ban.valor)


async def ban_person(database: Database, usuario: str, hasta: datetime, actor: Actor = COMMAND_LINE) -> None:
    """Nobody comes in as this person until `hasta`, and their sessions end; raises `NotFound` and `LastAdmin`."""
    async with changing(
        database, usuario, "prohibicion", actor, "prohibicion", hasta=hasta.isoformat()
    ) as connection:
        await leave(connection, usuario)
        await upsert_ban(connection, Ban("persona", usuario, utc_now(), hasta, *why(actor)))
        await end_all(connection, usuario, "cuenta")


async def ban_network(
    database: Database, network: Network, hasta: datetime, actor: Actor = COMMAND_LINE
) -> None:
    """Nobody comes in from there until `hasta`."""
    details = {"red": str(network), "hasta": hasta.isoformat()}
    change: tuple[Kind, str] = ("prohibicion", str(network))
    async with recording(database, "prohibicion", None, actor, change, **details) as connection:
        await upsert_ban(connection, Ban("red", str(network), utc_now(), hasta, *why(actor)))


async def unban_person(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> None:
    """They may sign in again; raises `NotFound` where they are not banned."""
    async with changing(database, usuario, "fin_prohibicion", actor, "prohibicion") as connection:
        if not await delete_ban(connection, "persona", usuario):
            raise NotFound


async def unban_network(database: Database, network: Network, actor: Actor = COMMAND_LINE) -> None:
    """Exactly this one; raises `NotFound` where it is not banned."""
    change: tuple[Kind, str] = ("prohibicion", str(network))
    async with recording(database, "fin_prohibicion", None, actor, change, red=str(network)) as connection:
        if not await delete_ban(connection, "red", str(network)):
            raise NotFound


def why(actor: Actor) -> tuple[str | None, str | None]:
    return actor.quien, reason(actor.motivo) or None
