"""What a sender is told, in the form of the wire; the same over the socket and over HTTP."""

from typing import Any

from supportapp.desk.batch import Pending, Saved
from supportapp.errors import SupportError
from supportapp.store.messages import iso


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
