"""Puts the Socket.IO door together: a server, what the desk tells its sockets, and what they may ask of the desk."""

from functools import partial

from supportapp.config import Settings
from supportapp.desk.desk import Desk
from supportapp.realtime.admission import Admission
from supportapp.realtime.events import Events
from supportapp.realtime.heartbeat import Heartbeat
from supportapp.realtime.hub import Hub
from supportapp.realtime.server import NAMESPACE, Server
from supportapp.realtime.signed_in import SignedIn


def create_server(settings: Settings) -> Server:
    """A server whose sockets nobody answers yet."""
    server = Server(settings.origins, Admission(settings.sockets_per_person, settings.message_limit))
    server.eio.cors_allowed_origins = lambda origin, environ: settings.admits(
        origin, environ.get("HTTP_HOST", "")
    )
    return server


def open_door(server: Server, hub: Hub, desk: Desk) -> None:
    """Let people in, and bring what their sockets ask before `desk`."""
    signed_in = SignedIn(desk.identity, desk.sessions, desk.bans, server, desk.metrics)
    events = Events(desk, signed_in, hub)
    server.on("connect", signed_in.connect, namespace=NAMESPACE)
    server.on("disconnect", signed_in.disconnect, namespace=NAMESPACE)
    server.on_event = events.hear
    desk.changes.concerned = signed_in.judge_people
    desk.bans.loaded = signed_in.cut_banned
    watch_sessions(server, desk)
    desk.background.append(Heartbeat(desk, signed_in, hub).run)


def watch_sessions(server: Server, desk: Desk) -> None:
    """What an operator sees of the connections."""

    def count(upgraded: bool) -> int:
        return sum(bool(session.upgraded) is upgraded for session in server.eio.sockets.values())

    looks = {"websocket": partial(count, True), "polling": partial(count, False)}
    desk.metrics.watch_each("soporte_sessions", "Open Engine.IO sessions", "transport", looks)
    cuts = desk.metrics.counter("soporte_cut_connections", "Sessions that were cut, not closed", "reason")
    server.eio.tell_cut = lambda why: cuts.labels(why).inc()
