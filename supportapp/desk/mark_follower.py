"""The one task that hands marks on: it follows their moves by number, whichever process made them."""

import structlog

from supportapp.desk.follower import Follower
from supportapp.desk.sockets import Sockets
from supportapp.store.database import Database
from supportapp.store.marks import Move, select_last_move, select_moves

PAGE = 500
"""Moves read at once."""

log = structlog.get_logger("supportapp.marks")


class MarkFollower(Follower):
    """Follows `lecturas` from the last move that it found at the start.

    `interval`: seconds between looks when nobody wakes it. `sockets` are told of each mark that moved, as it is now.
    """

    table = "lecturas"

    def __init__(self, database: Database, sockets: Sockets, interval: float = 0.25) -> None:
        super().__init__(interval, log, "cannot follow the marks")
        self._database = database
        self._sockets = sockets
        self.position = 0

    async def start_at_head(self) -> None:
        """Take the position; before sockets are accepted, so that nothing falls between."""
        self.position = await select_last_move(self._database)

    async def advance(self) -> None:
        """Hand on all moves since the position, which moves at the end only.

        A mark that moves on while pages are read stands on a later page, so what was read is asked of the whole
        look; after a failure some are told again, which changes nothing.
        """
        head, cursor = await select_last_move(self._database), self.position
        if head < cursor:
            log.error("the marks went back: was the database restored?", head=head, position=cursor)
            cursor = head
        more = head > cursor
        while more:
            moves = await select_moves(self._database, cursor, PAGE)
            for move in moves:
                self._hand_on(move, move.cambio_leido > self.position)
            cursor = moves[-1].cambio if moves else head
            more = len(moves) == PAGE
        self.position = cursor

    def _hand_on(self, move: Move, read: bool) -> None:
        try:
            self._sockets.tell_mark(move, read)
        except Exception:  # one mark that cannot be told must not hold up the others
            log.exception("a mark was not told", lector=move.lector, usuario=move.usuario)
