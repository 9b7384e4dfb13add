"""The one way to the Socket.IO server: its paths, who may ask there, and in which spelling the library hears of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
import structlog
from engineio import exceptions

from supportapp.realtime.callers import Callers, cookies_of, header_values
from supportapp.realtime.engine import Engine
from supportapp.realtime.frames import is_payload, read_body, replay
from supportapp.realtime.session import Session

PATHS = frozenset({"/socket.io", "/socket.io/"})
TRANSPORTS = MappingProxyType({"http": "polling", "websocket": "websocket"})
METHODS = frozenset({"GET", "POST"})
RESPELLED = frozenset({b"cookie", b"connection", b"upgrade"})
"""Headers that may come twice: hypercorn reads the last one, the library all of them, and they would disagree."""
OWN_SITE = frozenset({"same-origin", "none"})

log = structlog.get_logger("supportapp.guard")


class Refused(Exception):  # noqa: N818
    """A request that does not reach the library: its status, and a word for the client."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Guard:
    """ASGI: `PATHS` lead to `engine`, everything else to `app`, which speaks no WebSocket.

    A session is held to the person who opened it: a sid alone opens nothing. `headers` are put on every answer. Without
    `polling` there are only WebSockets: where several processes share an address, the next poll would reach another.
    """

    def __init__(
        self, engine: Engine, app: Any, callers: Callers, headers: Mapping[str, str], *, polling: bool
    ) -> None:
        self._engine, self._app, self._callers = engine, app, callers
        self._polling = polling
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in TRANSPORTS and scope["path"] in PATHS:
            await self._door(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            log.info("a WebSocket where there is none")
            await refuse(scope, self._with_headers(send), Refused(404, "Not found"))
        else:
            await self._app(scope, receive, send)

    async def _door(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            session = self._look(scope, query := query_of(scope))
            scope = self._spelled(scope, query)
            if scope.get("method") == "POST":
                await self._post(session, scope, receive, send)
            elif session is None or scope["type"] == "websocket":
                await self._engine.handle_request(scope, receive, send)
            else:
                await self._poll(session, scope, receive, send)
        except Refused as refused:
            await refuse(scope, send, refused)

    def _look(self, scope: Any, query: Mapping[str, list[str]]) -> Session | None:
        """The session that is asked for, None for a new one; raises `Refused`."""
        if scope.get("method", "GET") not in METHODS:
            raise Refused(405, "Method not allowed")
        if not OWN_SITE.issuperset(header_values(scope, b"sec-fetch-site")):
            raise Refused(403, "Another site")
        if "j" in query:
            raise Refused(400, "No JSONP")
        if query.get("transport", ["polling"])[0] != TRANSPORTS[scope["type"]]:
            raise Refused(400, "Invalid transport")
        if scope["type"] == "http" and not self._polling:
            raise Refused(400, "WebSocket only: several processes serve this chat (PROCESSES)")
        scope["caller"] = self._callers.of(scope)
        if self._callers.banned(scope["caller"].address):
            raise Refused(403, "Banned")
        if "sid" not in query:
            if scope.get("method") == "POST":
                raise Refused(400, "Invalid session")
            return None
        session = self._engine.sockets.get(query["sid"][0])
        if (
            session is None
            or session.over
            or session.closed
            or session.caller.person != scope["caller"].person
        ):
            raise Refused(400, "Invalid session")  # the same for a sid that is not theirs
        if session.upgraded or not session.connected:
            raise Refused(400, "Not by polling")
        return session

    def _spelled(self, scope: Any, query: Mapping[str, list[str]]) -> Any:
        """The scope as the library shall read it, in one spelling whatever the client's was."""
        known = {"EIO": query.get("EIO", [""])[0], "transport": TRANSPORTS[scope["type"]]}
        if "sid" in query:
            known["sid"] = query["sid"][0]
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in RESPELLED]
        headers.append((b"cookie", cookies_of(scope).encode("latin1")))
        if scope["type"] == "websocket":
            headers += [(b"connection", b"upgrade"), (b"upgrade", b"websocket")]
        return {**scope, "path": "/socket.io/", "query_string": urlencode(known).encode(), "headers": headers}

    async def _post(self, session: Session | None, scope: Any, receive: Any, send: Any) -> None:
        body = await read_body(receive)
        if body is None or not is_payload(body):
            if session:
                session.cut("malformed polling body")
            raise Refused(413 if body is None else 400, "Malformed")
        await self._engine.handle_request(scope, replay(body, receive), send)

    async def _poll(self, session: Session, scope: Any, receive: Any, send: Any) -> None:
        try:
            with session.served(polling=True):
                await self._engine.handle_request(scope, receive, send)
        except exceptions.SocketIsClosedError:
            raise Refused(400, "Two polls at once") from None

    def _with_headers(self, send: Any) -> Any:
        async def sending(message: Any) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                message = {**message, "headers": [*message.get("headers", []), *self._headers]}
            await send(message)

        return sending


def query_of(scope: Any) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin1"), keep_blank_values=True)


async def refuse(scope: Any, send: Any, refused: Refused) -> None:
    """Answer in place of the library, a WebSocket's handshake as well; the connection of that one ends."""
    prefix = "websocket." if scope["type"] == "websocket" else ""
    headers = [(b"content-type", b"application/json")]
    if prefix:
        headers.append((b"connection", b"close"))
    start = {"type": f"{prefix}http.response.start", "status": refused.status, "headers": headers}
    await send(start)
    await send({"type": f"{prefix}http.response.body", "body": orjson.dumps(str(refused))})
