"""How far a message has come: the one place that decides it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from supportapp.store.database import Database
from supportapp.store.marks import Reached, select_reached
from supportapp.store.messages import Message

State = Literal["guardado", "entregado", "leido"]
NOWHERE = Reached()


@dataclass(frozen=True, slots=True)
class Marks:
    """desk: by sender, the furthest of all admins in the sender's conversation. people: by recipient, their own."""

    desk: Mapping[str, Reached]
    people: Mapping[str, Reached]

    def state(self, message: Message) -> State:
        """What is true of `message` on its recipient's side: to an admin, the whole desk's; to a user, their own."""
        reached = (
            self.desk.get(message.de_usuario, NOWHERE)
            if message.para_admin
            else self.people.get(message.para_usuario, NOWHERE)
        )
        if message.id <= reached.leido_hasta:
            return "leido"
        return "entregado" if message.id <= reached.entregado_hasta else "guardado"


async def select_marks(database: Database, messages: Sequence[Message]) -> Marks:
    """The marks that decide the states of `messages`; nothing is asked where there are none."""
    names = {message.de_usuario if message.para_admin else message.para_usuario for message in messages}
    return Marks(*await select_reached(database, sorted(names)))
