"""What the desk tells those who are connected to this process; the hub of the Socket.IO door does it."""

from typing import Protocol

from supportapp.errors import SupportError
from supportapp.store.changes import Change
from supportapp.store.marks import Move
from supportapp.store.messages import Message


class Sockets(Protocol):
    """Nothing here waits, and what cannot be told to one is told to the others."""

    def deliver(self, message: Message, shown: bool) -> None:
        """A committed message; `shown` where its sockets saw it before it was stored."""

    def show(self, message: Message) -> None:
        """A message that is not stored yet."""

    def fail(self, message: Message, error: SupportError) -> None:
        """A message that was shown and can never be stored."""

    def tell_mark(self, move: Move, read: bool) -> None:
        """A mark as it is now; `read` where `leido_hasta` moved, else only more was delivered."""

    def tell_change(self, change: Change) -> None:
        """Something else changed; what it is now has to be asked."""

    def tell_farewell(self, change: Change) -> None:
        """The change `borrado`, to whom it is about alone, who is about to be cut: what their pages show has to go, too."""


class NoSockets:
    """For a desk without a door: whoever is interested reads the database."""

    def deliver(self, message: Message, shown: bool) -> None: ...

    def show(self, message: Message) -> None: ...

    def fail(self, message: Message, error: SupportError) -> None: ...

    def tell_mark(self, move: Move, read: bool) -> None: ...

    def tell_change(self, change: Change) -> None: ...

    def tell_farewell(self, change: Change) -> None: ...
