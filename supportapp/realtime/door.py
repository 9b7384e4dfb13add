"""Puts the Socket.IO door together."""

from functools import partial

from supportapp.desk.desk import Desk
from supportapp.realtime.admission import Admission
from supportapp.realtime.connection import Connections
from supportapp.realtime.events import Events
from supportapp.realtime.heartbeat import Heartbeat
from supportapp.realtime.hub import Hub
from supportapp.realtime.server import NAMESPACE, Server


def create_realtime(desk: Desk) -> Server:
    """The Socket.IO server of `desk`; from now on the desk's messages reach its sockets."""
    settings = desk.settings
    server = Server(settings.origins, Admission(settings.sockets_per_person, settings.message_limit))
    hub = Hub(server, desk.metrics.emitted)
    connections = Connections(desk.identity, server, desk.metrics)
    events = Events(desk, connections, hub)
    server.on("connect", connections.connect, namespace=NAMESPACE)
    server.on("disconnect", connections.disconnect, namespace=NAMESPACE)
    server.on_event = events.hear
    desk.connect_sockets(hub.deliver, hub.tell_mark, hub.show, hub.fail)
    watch_sessions(server, desk)
    desk.background.append(Heartbeat(desk, connections, hub).run)
    server.eio.cors_allowed_origins = lambda origin, environ: desk.settings.admits(
        origin, environ.get("HTTP_HOST", "")
    )
    return server


def watch_sessions(server: Server, desk: Desk) -> None:
    """What an operator sees of the connections."""

    def count(upgraded: bool) -> int:
        return sum(bool(session.upgraded) is upgraded for session in server.eio.sockets.values())

    looks = {"websocket": partial(count, True), "polling": partial(count, False)}
    desk.metrics.watch_each("soporte_sessions", "Open Engine.IO sessions", "transport", looks)
    cuts = desk.metrics.counter("soporte_cut_connections", "Sessions that were cut, not closed", "reason")
    server.eio.tell_cut = lambda why: cuts.labels(why).inc()
