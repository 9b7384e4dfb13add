"""Who hears what: pure functions from a message, a mark or a change to the rooms of its events."""

from dataclasses import dataclass

from supportapp.desk.viewer import ROBOT_USER
from supportapp.store.changes import Change
from supportapp.store.marks import Move
from supportapp.store.messages import Message

ADMINS = "admins"


def room_of(usuario: str) -> str:
    """The room of all sockets of `usuario`; the prefix keeps a person named `admins` apart from the admins."""
    return f"user:{usuario}"


@dataclass(frozen=True, slots=True)
class Audience:
    """The rooms of a message. A socket hears one of the events, once: `mensaje_recibido` wins.

    recibido: rooms of `mensaje_recibido`, except the sender's own sockets.
    enviado: rooms of `mensaje_enviado`, except those that heard `mensaje_recibido`.
    """

    sender: str
    recibido: tuple[str, ...]
    enviado: tuple[str, ...]


def audience(message: Message) -> Audience:
    """Decided by the sender's role when the message was sent, so that every process decides the same."""
    to, sender = room_of(message.para_usuario), room_of(message.de_usuario)
    if message.de_usuario == ROBOT_USER:  # the canary disturbs nobody
        return Audience(sender, recibido=(to,), enviado=(sender,))
    if message.de_admin:
        return Audience(sender, recibido=(to,), enviado=(sender, ADMINS))
    return Audience(sender, recibido=(to, ADMINS), enviado=(sender,))


def mark_rooms(move: Move) -> tuple[str, str, str]:
    """The reader; the person whose conversation it is, whom an admin reads; the admins, who share the desk."""
    return room_of(move.lector), room_of(move.usuario), ADMINS


def change_rooms(change: Change) -> tuple[str, ...]:
    """Whoever it is about; but for one's sessions the admins too, who read it, write to them and let them in."""
    about = room_of(change.clave)
    return (about,) if change.tipo == "sesion" else (about, ADMINS)
