"""The desk: its parts joined, started and stopped in the right order."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import structlog

from supportapp.config import Settings
from supportapp.desk import sending
from supportapp.desk.change_follower import ChangeFollower
from supportapp.desk.committer import Committer
from supportapp.desk.dispatcher import Dispatcher
from supportapp.desk.entrance import Entrance
from supportapp.desk.indexing import Indexing
from supportapp.desk.mark_follower import MarkFollower
from supportapp.desk.metrics import Metrics
from supportapp.desk.outage import Outage
from supportapp.desk.outcomes import Pending, Saved
from supportapp.desk.provisional import Provisional
from supportapp.desk.receipts import Receipts
from supportapp.desk.retention import Retention
from supportapp.desk.sockets import NoSockets, Sockets
from supportapp.desk.spool import Spool, spool_names
from supportapp.desk.viewer import Viewer
from supportapp.desk.warnings import warn
from supportapp.desk.watching import Watching
from supportapp.desk.writer import Writer
from supportapp.errors import StartError, SupportError
from supportapp.store.database import DEADLINE, DatabaseUnavailable
from supportapp.store.messages import Message
from supportapp.store.migrations import schema_is_current
from supportapp.store.spool_file import SpoolRefused
from supportapp.store.users import select_admins
from supportapp.tasks import end

WAIT_FOR_DATABASE = 10.0
"""Seconds that a start waits for a database that is away."""
STOP_WITHIN = 1.0
"""Seconds that a stop gives to what is still queued."""

log = structlog.get_logger("supportapp.desk")


class Desk(Entrance):
    """Everything behind the two doors.

    `sockets` hear what happens, `on_committed` is told of every commit, `background` is run from the start to the end.
    """

    def __init__(
        self, settings: Settings, sockets: Sockets | None = None, metrics: Metrics | None = None
    ) -> None:
        self.metrics = metrics or Metrics()
        sockets = sockets or NoSockets()
        super().__init__(settings)
        self._pace = sending.Pace(settings.message_limit)
        provisional = Provisional()
        self.dispatcher = Dispatcher(self.database, provisional, sockets)
        self._committer = committer = Committer(self.database, self.directory, settings.users_may_write_to)
        self.outage = self._outage(committer, provisional, sockets) if settings.dialect == "mysql" else None
        committer.measured = self.metrics.batch
        # Without a spool nothing is gained by giving up early on a disk that is slow for a moment.
        deadline = settings.commit_deadline_ms / 1000 if self.outage else DEADLINE
        self.writer = Writer(committer, self._committed, deadline=deadline, outage=self.outage)
        self.receipts = Receipts(self.database)
        self.marks = MarkFollower(self.database, sockets)
        self.receipts.moved = self.marks.wake
        self.changes = ChangeFollower(self.database, sockets)
        self.changes.bans_changed = self.bans.load
        self.identity.changed = self.changes.wake
        self.changes.forget = self._forget
        self.on_committed: list[Callable[[], None]] = []
        self.background: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.followers = (self.dispatcher, self.marks, self.changes)
        watching = Watching(self.metrics, self.database, committer, self.writer, self.outage, self.followers)
        self.background += [
            Indexing(self.database).run,
            self.sessions.run,
            self.refusals.run,
            Retention(settings, self.database).run,
        ]
        if settings.metrics_token:
            self.background.append(watching.run)

    async def start(self) -> None:
        """Open the database, take the position and start the tasks; raises `StartError`."""
        settings = self.settings
        try:
            await self.database.connect(WAIT_FOR_DATABASE)
            if not await schema_is_current(self.database):
                raise StartError("The database schema is old. Run: python -m supportapp migrate")
            for admin in await select_admins(self.database):  # users must reach the desk whatever happens
                self.directory.meet(Viewer(admin.usuario, admin.nombre, admin.rol))
            if self.outage:
                await self.outage.adopt(await spool_names(settings, self.database))
                await warn(settings, self.database)
            for follower in self.followers:
                await follower.start_at_head()
            await self.bans.load()
        except DatabaseUnavailable as error:
            raise StartError(
                f"The database does not answer ({error}). Is it running? Check DATABASE_URL."
            ) from None
        except SpoolRefused as error:
            raise StartError(
                f"The spool cannot be written ({error}). Set SPOOL_DIR to a folder that can."
            ) from None
        following = [follower.run for follower in self.followers]
        runs = [self.writer.run, *following, self.receipts.run, *self.background]
        if self.outage:
            runs.append(self.outage.run)
        self._tasks = [asyncio.create_task(run(), name=run.__qualname__) for run in runs]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    @property
    def whole(self) -> bool:
        """Whether everything runs that has to run until `stop`."""
        return not any(task.done() for task in self._tasks)

    @property
    def writer_failing_for(self) -> float:
        """Seconds for which no message could be stored; 0 while the last attempt was good."""
        return self._committer.failing_for

    async def stop(self) -> None:
        """Commit what is queued, then end the tasks and close the database."""
        self._stopping = True
        self.writer.close()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=STOP_WITHIN)
            if not self._tasks[0].done():
                log.error("stopped before everything was stored", waiting=self.writer.waiting)
        await end(self._tasks)
        await asyncio.gather(self.receipts.finish(STOP_WITHIN), self.refusals.finish(STOP_WITHIN))
        if self.outage:
            await self.outage.close()
        self.accounts.close()
        await self.database.disconnect()

    def submit(self, viewer: Viewer, payload: Any) -> asyncio.Future[Saved | Pending]:
        """Check and queue a message; not a coroutine, so that one sender's order is kept. Raises `SupportError`."""
        try:
            self._pace.check(viewer.usuario)
            accepted = self.writer.submit(sending.check(viewer, payload))
        except SupportError as refusal:
            self.metrics.refused(refusal.code)
            raise
        if self.settings.metrics_token:  # 7 µs a message, for figures that somebody can see
            self.metrics.submitted(accepted)
        return accepted

    async def send(self, viewer: Viewer, payload: Any) -> Saved | Pending:
        """Send a message `{para, mensaje, id_cliente?}`; returns when it is durable. Raises `SupportError`."""
        return await self.submit(viewer, payload)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """None may end by itself: what it did is no longer done, whatever else still works."""
        if not self._stopping:
            error = None if task.cancelled() else task.exception()
            log.critical("a part of this process has ended, restart it", task=task.get_name(), exc_info=error)

    def _outage(self, committer: Committer, provisional: Provisional, sockets: Sockets) -> Outage:
        """SQLite has none: its disk is the spool's disk, and what one cannot take the other cannot either."""
        settings = self.settings
        spool = Spool(settings.spool_folder, settings.spool_max_mb * 1024 * 1024)
        return Outage(
            committer,
            spool,
            provisional,
            self.directory,
            sockets,
            self._committed,
            settings.users_may_write_to,
        )

    async def _forget(self, people: AbstractSet[str]) -> None:
        self.sessions.forget(people)
        if self.outage:
            await self.outage.forget(people)

    def _committed(self, messages: Sequence[Message]) -> None:
        self.metrics.committed(messages)
        self.dispatcher.committed(messages)
        if messages:
            for tell in self.on_committed:
                tell()
