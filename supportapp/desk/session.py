"""A session: one signing-in, which outlives each of its tokens."""

from dataclasses import dataclass

from supportapp.desk.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Session:
    """What a valid token says of itself, in seconds since 1970, and whom it stands for by the tables."""

    viewer: Viewer
    life: float
    """From when the token was made until it lapses, in seconds."""
    expires: float
    """When it has to be looked at again."""
    ends: float
    """When no token of it counts any more; renewals do not move it."""
    unused: float
    """When it is over unless it is used before."""
    modo: str
    """`clave`: somebody signed in here; `factor`: with a second factor; `sitio`: a token that the owner's site made."""
    restricted: bool
    """It is good for the own account only."""
    renewal: str | None
    """A fresh token where the old one should be replaced."""

    @property
    def key(self) -> str:
        """What it is known by once it has been signed out of."""
        assert self.viewer.sesion_clave is not None, "a session's person acts in it"
        return self.viewer.sesion_clave
