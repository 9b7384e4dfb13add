"""What clients may ask for: each event checked, handed to the desk, and always answered."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog

from supportapp.desk import sending
from supportapp.desk.catching_up import Cursor, synchronise
from supportapp.desk.desk import Desk
from supportapp.desk.outcomes import Pending, Saved
from supportapp.desk.pace import Buckets
from supportapp.desk.viewer import Viewer
from supportapp.desk.window import LARGEST_ID
from supportapp.desk.wire import acknowledgement, refusal
from supportapp.errors import SupportError
from supportapp.realtime.hub import Hub
from supportapp.realtime.outgoing import Answer
from supportapp.realtime.signed_in import SignedIn
from supportapp.store.database import DatabaseUnavailable

RETRY_MS = 1000
SYNC_AGAIN_MS = 200
SYNC_BURST, SYNC_PER_SECOND = 200, 20
"""How often one person may catch up, over all their sockets: at once, and in the long run."""
SYNC_BYTES = 2 * 1024 * 1024
"""What the answers may hold that one person's sockets have not taken yet."""

log = structlog.get_logger("supportapp.events")


class Events:
    """The events of the wire, by their names; anything else is ignored."""

    def __init__(self, desk: Desk, signed_in: SignedIn, hub: Hub) -> None:
        self._desk = desk
        self._signed_in = signed_in
        self._hub = hub
        self._synchronising: dict[str, asyncio.Task[None]] = {}
        self._catching_up = Buckets(SYNC_BURST, SYNC_PER_SECOND)
        self._unwritten: Counter[str] = Counter()
        self._events: dict[str, Callable[[str, Viewer, Any, Answer | None], None]] = {
            "mensaje_privado": self.mensaje_privado,
            "leido": self.leido,
            "entregado": self.entregado,
            "sincronizar": self.sincronizar,
        }

    def hear(self, sid: str, name: str, arguments: list[Any], answer: Answer | None) -> None:
        """One event of one socket. The viewer is the one that `SignedIn` has now; extra arguments are ignored."""
        event, viewer = self._events.get(name), self._signed_in.viewers.get(sid)
        if event is None or viewer is None:
            return
        try:
            event(sid, viewer, arguments[0] if arguments else None, answer)
        except SupportError as error:
            self._refuse(sid, arguments, answer, error)
        except Exception:
            log.exception("an event failed", event_name=name, usuario=viewer.usuario)
            self._refuse(sid, arguments, answer, SupportError("ocupado"))

    def mensaje_privado(self, sid: str, viewer: Viewer, payload: Any, answer: Answer | None) -> None:
        """`{para, mensaje, id_cliente?}`: queued before anything is awaited, answered after the commit."""

        def committed(future: asyncio.Future[Saved | Pending]) -> None:
            error = future.exception()
            if isinstance(error, SupportError):
                self._refuse(sid, [payload], answer, error)
            elif answer:
                answer(acknowledgement(future.result()))

        self._desk.submit(viewer, payload).add_done_callback(committed)

    def leido(self, sid: str, viewer: Viewer, payload: Any, answer: Answer | None) -> None:
        """`{con, hasta}`: shown on the screen up to the id `hasta`. No acknowledgement; never goes back."""
        for con, hasta in marked(payload):
            self._desk.receipts.read(viewer, con, hasta)

    def entregado(self, sid: str, viewer: Viewer, payload: Any, answer: Answer | None) -> None:
        """`{con, hasta}`: this device holds everything up to the id `hasta`; otherwise as `leido`."""
        for con, hasta in marked(payload):
            self._desk.receipts.delivered(viewer, con, hasta)

    def sincronizar(self, sid: str, viewer: Viewer, payload: Any, answer: Answer | None) -> None:
        """`{desde, epoca?, id_cliente?, limite?}`: answered with what comes after it; a socket's next when that has been written."""
        if sid in self._synchronising:
            raise SupportError("limite", espera_ms=SYNC_AGAIN_MS)
        cursor = Cursor.parse(payload)
        if self._unwritten[viewer.usuario] + cursor.weight > SYNC_BYTES:
            raise SupportError("limite", espera_ms=SYNC_AGAIN_MS)
        if wait := self._catching_up.take(viewer.usuario):
            raise SupportError("limite", espera_ms=max(SYNC_AGAIN_MS, int(wait * 1000)))
        self._desk.metrics.caught_up("sincronizar")
        if answer:
            self._unwritten[viewer.usuario] += cursor.weight
            self._synchronising[sid] = asyncio.create_task(self._synchronise(sid, viewer, cursor, answer))

    async def _synchronise(self, sid: str, viewer: Viewer, cursor: Cursor, answer: Answer) -> None:
        said = refusal(SupportError("ocupado"))
        try:
            now = await self._signed_in.viewer_now(sid)
            said = await synchronise(self._desk.database, now, cursor)
        except SupportError as error:
            said = refusal(error)
        except DatabaseUnavailable:
            said = refusal(SupportError("ocupado", espera_ms=RETRY_MS))
        except Exception:
            log.exception("catching up failed", usuario=viewer.usuario)
        finally:
            answer(said, over=lambda: self._synchronised(sid, viewer, cursor))

    def _synchronised(self, sid: str, viewer: Viewer, cursor: Cursor) -> None:
        """The answer has been written, or its socket has gone."""
        del self._synchronising[sid]
        self._unwritten[viewer.usuario] -= cursor.weight
        if not self._unwritten[viewer.usuario]:
            del self._unwritten[viewer.usuario]

    def _refuse(self, sid: str, arguments: list[Any], answer: Answer | None, error: SupportError) -> None:
        said = refusal(error)
        if answer:
            answer(said)
        else:
            del said["ok"]
            self._hub.tell_socket(sid, "mensaje_fallido", {"id_cliente": client_id(arguments), **said})


def marked(payload: Any) -> list[tuple[str, int]]:
    """The `(con, hasta)` of a receipt; none where it is not one."""
    con, hasta = (payload.get("con"), payload.get("hasta")) if isinstance(payload, dict) else (None, None)
    if isinstance(con, str) and type(hasta) is int and 0 < hasta <= LARGEST_ID:
        return [(con, hasta)]
    return []


def client_id(arguments: list[Any]) -> str | None:
    """The sender's own id of a refused message, where it can be repeated to them."""
    payload = arguments[0] if arguments else None
    value = payload.get("id_cliente") if isinstance(payload, dict) else None
    return value if isinstance(value, str) and sending.CLIENT_ID.match(value) else None
