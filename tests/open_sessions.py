"""Sessions as their rows are."""

from datetime import timedelta

from supportapp.desk.moment import utc_now
from supportapp.store.sessions import StoredSession


def a_session(usuario: str, sesion: str, **other: object) -> StoredSession:
    """One that began a minute ago and lasts for an hour."""
    now = utc_now()
    usual = {
        "modo": "clave",
        "creada": now - timedelta(minutes=1),
        "vista": now,
        "fin": now + timedelta(hours=1),
    }
    return StoredSession(sesion, usuario, **{**usual, "direccion": "192.0.2.7", "navegador": "Lynx", **other})  # type: ignore[arg-type]
