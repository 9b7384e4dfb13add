"""From the spool into the database, in order; what can never be stored is found, put away and said."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice

import structlog

from supportapp.desk.committer import Committer
from supportapp.desk.outcomes import Outcome
from supportapp.desk.portion import Portion
from supportapp.desk.sending import Draft
from supportapp.desk.spool import Spool
from supportapp.errors import SupportError
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.messages import Message
from supportapp.store.spool_file import SpoolRefused

log = structlog.get_logger("supportapp.outage")


@dataclass(slots=True)
class Spooled:
    """A draft of the spool that is offered to the database."""

    draft: Draft
    outcome: Outcome | None = None

    def answer(self, outcome: Outcome) -> None:
        self.outcome = outcome


class Restoring:
    """Offers what is in `spool` to `committer`.

    `announce` hears of what was stored, `fail` of each draft that can never be. `put_away` counts those of them
    with which nothing was wrong that its sender could mend: they lie on the disk for a person to look at.
    """

    def __init__(
        self,
        committer: Committer,
        spool: Spool,
        announce: Callable[[Sequence[Message]], None],
        fail: Callable[[Draft, SupportError], None],
    ) -> None:
        self._committer = committer
        self._spool = spool
        self._announce = announce
        self._fail = fail
        self._portion = Portion()
        self.put_away = 0

    async def store_some(self, patience: float) -> None:
        """Store the oldest entries, or see with an empty batch whether the database commits.

        Raises `DatabaseUnavailable` after `patience` seconds.
        """
        offers = [Spooled(draft) for draft in self._oldest()]
        try:
            self._announce(await self._committer.commit(offers, patience, spooled=self._spool.age))
            self._portion.taken()
        finally:
            await self._settle([offer for offer in offers if offer.outcome is not None], "it is refused")

    async def isolate(self, reason: str, patience: float) -> bool:
        """After a failure: is it the database, or what it was offered? Whether fewer are offered from now on.

        One message that fails by itself again and again, while the database takes others, is given up.
        """
        offered = self._oldest()
        if not offered or not self._portion.failed():
            return False
        try:
            await self._committer.prove(patience)
        except DatabaseUnavailable:
            self._portion.database_fails()
            return False
        if self._portion.are_at_fault(len(offered)):
            self._portion.taken()
            await self._settle([Spooled(offered[0], SupportError("formato"))], reason)
        return len(offered) > 1

    async def forget(self, people: AbstractSet[str]) -> None:
        """Whoever is erased leaves nothing here; what of it was shown is taken back."""
        try:
            for draft in await self._spool.forget(people):
                self._fail(draft, SupportError("destinatario"))
        except SpoolRefused as error:
            log.error("what an erased person wrote is still in the spool", reason=str(error))

    def _oldest(self) -> list[Draft]:
        return list(islice(self._spool.entries.values(), self._portion.size))

    async def _settle(self, offers: Sequence[Spooled], reason: str) -> None:
        settled = []
        for offer in offers:
            if isinstance(offer.outcome, SupportError):
                if offer.outcome.code == "formato" and not await self._put_away(offer.draft, reason):
                    continue
                self._fail(offer.draft, offer.outcome)
            settled.append(offer.draft)
        if settled:
            await self._spool.remove(settled)

    async def _put_away(self, draft: Draft, reason: str) -> bool:
        """Whether it lies in another file now; until then it stays in the spool."""
        try:
            file = await self._spool.put_away(draft, reason)
        except SpoolRefused as error:
            log.error(
                "a message can neither be stored nor put away", de=draft.sender.usuario, reason=str(error)
            )
            return False
        self.put_away += 1
        log.error(
            "a message cannot be stored and was put away",
            de=draft.sender.usuario,
            file=str(file),
            reason=reason,
        )
        return True
