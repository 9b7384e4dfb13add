"""What the audit's entries are called."""

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from supportapp.errors import N_
from supportapp.store.audit import Deed, Entry
from supportapp.web.filters import fecha_larga

DEEDS: Mapping[Deed, str] = MappingProxyType(
    {
        "alta": N_("Cuenta creada"),
        "clave": N_("Contraseña cambiada"),
        "factor": N_("Segundo factor"),
        "salida": N_("Salida"),
        "sesion": N_("Sesión cerrada"),
        "sesiones": N_("Sesiones cerradas"),
        "cierre": N_("Cuenta cerrada"),
        "borrado": N_("Persona borrada"),
        "apertura": N_("Cuenta abierta"),
        "rol": N_("Rol cambiado"),
        "prohibicion": N_("Prohibición"),
        "fin_prohibicion": N_("Fin de la prohibición"),
        "invitacion": N_("Invitación"),
        "enlace_clave": N_("Enlace para la contraseña"),
        "fin_enlace": N_("Enlace retirado"),
        "entrada_fallida": N_("Contraseña equivocada"),
        "limite": N_("Demasiados intentos"),
        "rechazo": N_("Rechazado"),
    }
)

DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "rol": N_("rol"),
        "administra": N_("administra"),
        "hasta": N_("hasta"),
        "caduca": N_("hasta"),
        "red": N_("red"),
        "enlace": N_("enlace"),
        "sesion": N_("sesión"),
        "hecho": N_("hecho"),
        "clave": N_("clave"),
        "por": N_("por"),
    }
)
"""What may stand in `detalles`."""
MOMENTS = frozenset({"hasta", "caduca"})
SHOWN = 12
"""Digits of what is known by a hash."""


def details(entry: Entry) -> list[tuple[str, str]]:
    """The words (msgids) and values of `detalles`, as people read them."""
    found: dict[str, object] = json.loads(entry.detalles) if entry.detalles else {}
    return [(DETAILS.get(name, name), shown(name, value)) for name, value in found.items()]


def shown(name: str, value: object) -> str:
    if name in MOMENTS:
        return f"{fecha_larga(datetime.fromisoformat(str(value)))} UTC"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return str(value)[:SHOWN] if name == "sesion" else str(value)
