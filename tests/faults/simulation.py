"""Processes and pages without sockets, databases and time: the desk's own code between fakes."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supportapp.desk.audience import Audience, audience, room_of
from supportapp.desk.catching_up import Cursor, synchronise
from supportapp.desk.committer import Committer
from supportapp.desk.directory import Directory
from supportapp.desk.dispatcher import Dispatcher
from supportapp.desk.outage import Outage
from supportapp.desk.outcomes import Pending, Saved
from supportapp.desk.provisional import Provisional
from supportapp.desk.sending import check
from supportapp.desk.spool import Spool
from supportapp.desk.viewer import Viewer
from supportapp.desk.wire import acknowledgement, refusal
from supportapp.desk.writer import Writer
from supportapp.errors import SupportError
from supportapp.store.database import DatabaseUnavailable
from supportapp.store.marks import Move
from supportapp.store.messages import Message
from tests.faults.fake_store import Disk, FakeDatabase, Table
from tests.faults.history import Client, Op

Tell = Callable[[str, dict[str, Any]], None]


@dataclass(eq=False)
class Socket:
    """A page's connection to a process."""

    name: str
    viewer: Viewer
    tell: Tell

    def stands_in(self, rooms: Sequence[str]) -> bool:
        mine = {room_of(self.viewer.usuario), *(["admins"] if self.viewer.is_admin else [])}
        return not mine.isdisjoint(rooms)


class Server:
    """A process: everything of the desk that moves messages, and sockets that hear at once."""

    def __init__(self, number: int, table: Table, disk: Disk) -> None:
        self.folder = Path(str(number))
        self.database, self.disk = FakeDatabase(table), disk
        self.people = [Viewer(one.usuario, one.nombre, one.rol) for one in table.people.values()]
        self.sockets: list[Socket] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.up = False

    async def start(self) -> None:
        """As `Desk.start` does it; again and again while the database is away."""
        if self.tasks:
            return
        self.tasks = [asyncio.create_task(self._live())]

    def crash(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.tasks, self.up = [], False
        self.disk.crash(self.folder)
        for socket in [*self.sockets]:
            self.leave(socket)
            socket.tell("disconnect", {})

    def leave(self, socket: Socket) -> None:
        if socket in self.sockets:
            self.sockets.remove(socket)

    def submit(self, viewer: Viewer, payload: dict[str, Any]) -> "asyncio.Future[Saved | Pending]":
        return self.writer.submit(check(viewer, payload))

    async def _live(self) -> None:
        while not self.up:
            try:
                await self._build()
                self.up = True
            except DatabaseUnavailable:
                self.disk.crash(self.folder)
                await asyncio.sleep(1)
        parts = (self.writer.run(), self.dispatcher.run(), self.outage.run())
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(part)

    async def _build(self) -> None:
        database: Any = self.database
        directory, provisional = Directory(), Provisional()
        for person in self.people:
            directory.meet(person)
        self.dispatcher = Dispatcher(database, provisional, self)
        committer = Committer(database, directory, "anyone")
        committed = self.dispatcher.committed
        self.outage = Outage(
            committer, Spool(self.folder, 10**7), provisional, directory, self, committed, "anyone"
        )
        self.writer = Writer(committer, committed, deadline=0.4, outage=self.outage)
        await self.database.look()
        await self.outage.adopt(["época"])
        await self.dispatcher.start_at_head()

    def show(self, message: Message) -> None:
        self.deliver(message, None)

    def tell_mark(self, move: Move, read: bool) -> None:
        raise AssertionError("nobody reads here")

    def deliver(self, message: Message, shown: bool | None) -> None:
        """As the hub does; `shown` is None for a message that is not stored yet."""
        rooms = audience(message)
        payload = {"de": message.de_usuario, "para": message.para_usuario, "id_cliente": message.id_cliente}
        payload |= {"mensaje": message.mensaje, "id": message.id}
        if shown is None:
            payload |= {"provisional": True, "id": None}
        for socket in list(self.sockets):
            event = event_for(socket, rooms)
            if event:
                socket.tell("mensaje_guardado" if shown else event, payload)

    def fail(self, message: Message, error: SupportError) -> None:
        rooms = audience(message)
        for socket in list(self.sockets):
            if event_for(socket, rooms):
                socket.tell("mensaje_fallido", {"id_cliente": message.id_cliente, "error": error.code})


def event_for(socket: Socket, rooms: Audience) -> str | None:
    own = room_of(socket.viewer.usuario) == rooms.sender
    if socket.stands_in(rooms.recibido) and not own:
        return "mensaje_recibido"
    return "mensaje_enviado" if socket.stands_in(rooms.enviado) else None


@dataclass(eq=False, repr=False)
class Page:
    """A person's page: what the client of docs/protocol.md does, or that of the reference system."""

    client: Client
    servers: Sequence[Server]
    ops: list[Op]
    outbox: list[dict[str, str]] = field(default_factory=list)
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    provisional: dict[str, dict[str, Any]] = field(default_factory=dict)
    cursor: int = 0
    complete: bool = False
    socket: Socket | None = None
    typed: int = 0
    turn: int = 0
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    names = itertools.count()

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.client.usuario, self.client.usuario, "admin" if self.client.admin else "user")

    @property
    def quiet(self) -> bool:
        return bool(self.socket and self.complete and not self.outbox and not self.provisional)

    def say(self, what: str, **fields: Any) -> None:
        at = asyncio.get_running_loop().time() * 1000
        socket = self.socket.name if self.socket else None
        known = {key: value for key, value in fields.items() if key in Op.__slots__}
        self.ops.append(Op(at, self.client.name, what, socket=socket, **known))

    def type(self, para: str, more: str = "") -> None:
        self.typed += 1
        entry = {"para": para, "mensaje": f"{self.client.name} {self.typed}{more}"}
        if self.client.reference:
            self.say("typed", **entry)
            self._emit(entry)
            return
        entry["id_cliente"] = f"{self.client.name}-{self.typed:016}"
        self.say("typed", **entry)
        self.outbox.append(entry)

    async def live(self) -> None:
        """Connect, catch up and offer, for ever."""
        place = 0
        while True:
            server = self.servers[place % len(self.servers)]
            place += 1
            if server.up:
                self.socket = Socket(f"{self.client.name}/{next(self.names)}", self.viewer, self._hear)
                self.server = server
                server.sockets.append(self.socket)
                self.complete = False
                self.provisional.clear()  # whether those failed meanwhile, nobody would tell; stored, they come back
                self.tasks = [asyncio.create_task(step) for step in self._steps()]
                await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)
                self.drop()
            await asyncio.sleep(0.1)

    def drop(self) -> None:
        if self.socket:
            self.server.leave(self.socket)
        self.socket = None
        for task in self.tasks:
            task.cancel()

    def _steps(self) -> list[Coroutine[Any, Any, None]]:
        return [self._wait()] if self.client.reference else [self._offer_all(), self._keep_complete()]

    async def _wait(self) -> None:
        self.complete = True
        await asyncio.Event().wait()

    async def _offer_all(self) -> None:
        """One at a time, in order; from the first unconfirmed again while something is `pendiente`."""
        self.turn = 0
        while True:
            if self.turn >= len(self.outbox):
                await asyncio.sleep(1.0 if self.outbox else 0.05)
                self.turn = 0
                continue
            entry = self.outbox[self.turn]
            self.say("sent", **entry)
            answer = await self._ask(entry)
            if answer is None:
                return
            self.say("answered", **{**answer, "id_cliente": entry["id_cliente"]})
            if answer["ok"] and answer["estado"] == "pendiente":
                self.turn += 1
            elif answer["ok"] or answer["error"] not in {"ocupado", "limite", "sesion"}:
                if not answer["ok"]:
                    self.say("failed", **entry)
                    self.provisional.pop(entry["id_cliente"], None)
                self._confirmed(entry["id_cliente"])
            else:
                await asyncio.sleep(0.5)

    async def _ask(self, entry: dict[str, str]) -> dict[str, Any] | None:
        """The acknowledgement; None where none came."""
        try:
            async with asyncio.timeout(4):
                future = self.server.submit(self.viewer, entry)
                future.add_done_callback(lambda one: one.cancelled() or one.exception())
                return acknowledgement(await asyncio.shield(future))
        except SupportError as error:
            return refusal(error)
        except TimeoutError:
            return None

    def _emit(self, entry: dict[str, str]) -> None:
        if self.socket:
            tell = self.socket.tell

            def settled(future: "asyncio.Future[Saved | Pending]") -> None:
                error = None if future.cancelled() else future.exception()
                if isinstance(error, SupportError):
                    tell("mensaje_fallido", {"error": error.code})

            self.server.submit(self.viewer, entry).add_done_callback(settled)

    async def _keep_complete(self) -> None:
        """Catch up at once, and whenever something may be missing: at the latest at the next heartbeat."""
        while True:
            try:
                await self._catch_up()
            except DatabaseUnavailable:
                await asyncio.sleep(0.3)
                continue
            while self.complete:
                await asyncio.sleep(0.1)

    async def _catch_up(self) -> None:
        self.complete, more = True, True
        known = self.rows.get(self.cursor, {}).get("id_cliente")
        cursor = Cursor(self.cursor, "época", known, 3)
        while more:
            page = await synchronise(self.server.database, self.viewer, cursor)  # type: ignore[arg-type]
            assert "reinicio" not in page, page
            for row in page["filas"]:
                self._put({**row, "de": row["de_usuario"], "para": row["para_usuario"]})
            more, cursor = page["mas"], Cursor(page["hasta"], "época", None, 3)
        self.cursor = max(self.rows, default=0)

    def _hear(self, event: str, payload: dict[str, Any]) -> None:
        if event == "disconnect":
            self.drop()
            return
        heard = {**payload, "mensaje": None} if event == "mensaje_guardado" else payload
        self.say("heard", event=event, **heard)
        if event == "mensaje_fallido":
            self.provisional.pop(payload.get("id_cliente", ""), None)
            self._confirmed(payload.get("id_cliente", ""))
        elif event == "mensaje_guardado":
            shown = self.provisional.get(payload["id_cliente"])
            if payload["de"] == self.client.usuario:
                self._confirmed(payload["id_cliente"])
            if shown:
                self._put({**shown, "id": payload["id"]})
            else:
                self.complete = False
        elif payload["id"] is None:
            self.provisional[payload["id_cliente"]] = payload
        else:
            self._put(payload)

    def _put(self, row: dict[str, Any]) -> None:
        self.rows[row["id"]] = row
        self.provisional.pop(row["id_cliente"], None)
        if row["de"] == self.client.usuario:
            self._confirmed(row["id_cliente"])

    def _confirmed(self, id_cliente: str) -> None:
        """Nothing more to offer of it."""
        for place, entry in enumerate(self.outbox):
            if entry["id_cliente"] == id_cliente:
                del self.outbox[place]
                self.turn -= place < self.turn
                return

    def look(self) -> None:
        """Write down what is on the screen."""
        rows = sorted(self.rows.values(), key=lambda row: row["id"])
        self.say("view", rows=tuple((row["id"], row["de"], row["para"], row["mensaje"]) for row in rows))
