"""What readers say that they were delivered and have read, cut to what is true, and written."""

from collections.abc import Mapping
from dataclasses import dataclass

from supportapp.store.database import Connection, Database
from supportapp.store.marks import advance_delivered, advance_read, select_mark
from supportapp.store.messages import Last, select_last_received, select_last_sent

Key = tuple[str, str]
"""`(lector, con)`: who reads, and whose conversation."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Up to which ids a reader says that they were delivered and have read; reading implies delivery."""

    entregado: int = 0
    leido: int = 0

    def furthest(self, other: "Claim") -> "Claim":
        return Claim(max(self.entregado, other.entregado), max(self.leido, other.leido))


async def write_claims(database: Database, claims: Mapping[Key, Claim]) -> int:
    """Advance the marks as far as `claims` are true; the number that moved. Locks nothing for what is no news."""
    async with database.connection() as connection:
        news = {key: await _news(connection, key, claim) for key, claim in claims.items()}
    news = {key: ends for key, ends in news.items() if any(ends)}
    if not news:
        return 0
    moved = 0
    async with database.transaction() as connection:
        for (lector, con), (delivered, read) in news.items():
            if read:
                moved += await advance_read(connection, lector, con, read.id, read.numero)
            if delivered:
                moved += await advance_delivered(connection, lector, con, delivered.id)
    return moved


async def _news(connection: Connection, key: Key, claim: Claim) -> tuple[Last | None, Last | None]:
    """The last message that was newly delivered beyond what was read, and the last one newly read."""
    mark = await select_mark(connection, *key)
    was = Claim(mark.entregado_hasta, mark.leido_hasta) if mark else Claim()
    read = await _addressed(connection, key, was.leido, claim.leido)
    seen = max(was.entregado, read.id if read else 0)
    return await _addressed(connection, key, seen, claim.entregado), read


async def _addressed(connection: Connection, key: Key, after: int, hasta: int) -> Last | None:
    """The last message after `after` and up to `hasta` that is addressed to this reader; a claim proves no more.

    In somebody's own conversation that is what they received; admins read what its person sent.
    """
    lector, con = key
    if hasta <= after:
        return None
    if lector == con:
        last = await select_last_received(connection, con, hasta)
        last = last and Last(last.id, 0)  # nothing unread is counted of one's own
    else:
        last = await select_last_sent(connection, con, hasta)
    return last if last and last.id > after else None
