"""Messages and answers as clients read them: the one place that knows the keys (docs/protocol.md, docs/contract.md).

Moments are ISO 8601 UTC with milliseconds and Z.
"""

from typing import Any

from supportapp.desk.outcomes import Pending, Saved
from supportapp.errors import SupportError
from supportapp.store.changes import Change
from supportapp.store.messages import Message, iso


def news(message: Message) -> dict[str, Any]:
    """A message as an event tells it."""
    return {
        "de": message.de_usuario,
        "mensaje": message.mensaje,
        "para": message.para_usuario,
        "id": message.id,
        "fecha": iso(message.fecha),
        "id_cliente": message.id_cliente,
    }


def stored_news(message: Message) -> dict[str, Any]:
    """As `news`, for those who have its text already: `mensaje_guardado`."""
    return {key: value for key, value in news(message).items() if key != "mensaje"}


def provisional_news(message: Message) -> dict[str, Any]:
    """As `news`, for a message that is not stored yet and has no number."""
    return {key: value for key, value in news(message).items() if key != "id"} | {"provisional": True}


def failed_news(message: Message, error: SupportError) -> dict[str, Any]:
    """A message that was shown and can never be stored: `mensaje_fallido`."""
    return {"de": message.de_usuario, "id_cliente": message.id_cliente, "error": error.code}


def row(message: Message) -> dict[str, Any]:
    """A message as the reference system's API lists it; `borrado` where its text, empty since, was erased."""
    erased = {"borrado": iso(message.borrado)} if message.borrado else {}
    return {
        "id": message.id,
        "de_usuario": message.de_usuario,
        "para_usuario": message.para_usuario,
        "mensaje": message.mensaje,
        "fecha": iso(message.fecha),
        **erased,
    }


def full_row(message: Message) -> dict[str, Any]:
    """As `row`, with what whoever catches up needs besides."""
    return row(message) | {
        "id_cliente": message.id_cliente,
        "de_admin": bool(message.de_admin),
        "numero": message.numero,
    }


def change_news(change: Change) -> dict[str, Any]:
    """`cambio`: of what kind and whose; never what it is now, which is asked for where it may be read."""
    return {"tipo": change.tipo, "clave": change.clave}


def acknowledgement(outcome: Saved | Pending) -> dict[str, Any]:
    """`guardado` is committed; `pendiente` is on this machine's disk, and the sender goes on offering it."""
    if isinstance(outcome, Pending):
        return {"ok": True, "estado": "pendiente", "id_cliente": outcome.id_cliente}
    return {
        "ok": True,
        "estado": "guardado",
        "id": outcome.id,
        "fecha": iso(outcome.fecha),
        "id_cliente": outcome.id_cliente,
    }


def refusal(error: SupportError) -> dict[str, Any]:
    """The code, and how long to wait where that is known."""
    wait = {"espera_ms": error.espera_ms} if error.espera_ms else {}
    return {"ok": False, "error": error.code, **wait}
