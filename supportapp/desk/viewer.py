"""Who is acting, and what they may read and write: the one place that decides it."""

from dataclasses import dataclass

from supportapp.errors import NotFound

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


def may_write(sender_rol: str, recipient_rol: str, users_may_write_to: str) -> bool:
    """Whether the roles allow a message; `users_may_write_to` is the setting, `anyone` or `admins`."""
    return users_may_write_to == "anyone" or "admin" in (sender_rol, recipient_rol)
