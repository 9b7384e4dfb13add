"""Who is acting, and what they may read and write: the one place that decides it."""

from dataclasses import dataclass, field
from datetime import datetime

from supportapp.errors import NotFound

EPOCH = datetime(1970, 1, 1)

DESK = "admin"
"""The desk's mailbox: an account that always exists; what is sent to it, every admin may answer."""

ROBOT_USER, ROBOT_DESK = "robot.usuario", "robot.mesa"
"""The canary's two accounts. What they write is a message like any other, but no conversation for anybody."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, as the table of accounts has them (never as a token claims)."""

    usuario: str
    nombre: str
    rol: str
    sesion: float | None = field(default=None, compare=False)
    """When the session in which they act began, in seconds; None where none is known."""
    sesion_clave: str | None = field(default=None, compare=False)
    """What that session is known by once it has been signed out of (`desk.tokens.key_of`)."""
    administra: bool = field(default=False, compare=False)
    """Whether they may see to the people: an admin with that right."""

    @property
    def is_admin(self) -> bool:
        return self.rol == "admin"

    def may_read(self, usuario: str) -> bool:
        """Whether everything that `usuario` wrote or received may be shown to this person."""
        return self.is_admin or usuario == self.usuario

    def conversation(self, con: str | None) -> str:
        """The name of the conversation that this person asks for; without `con`, their own.

        Raises `NotFound` for somebody else's, which to a stranger does not exist.
        """
        usuario = con or self.usuario
        if not self.may_read(usuario):
            raise NotFound
        return usuario


def is_before(sesion: float | None, since: datetime | None) -> bool:
    """Whether a session of that time has been ended: those before `sesiones_desde` are (a new password does that)."""
    return sesion is not None and since is not None and sesion < (since - EPOCH).total_seconds()


def may_write(sender_rol: str, recipient_rol: str, users_may_write_to: str) -> bool:
    """Whether the roles allow a message; `users_may_write_to` is the setting, `anyone` or `admins`."""
    return users_may_write_to == "anyone" or "admin" in (sender_rol, recipient_rol)
