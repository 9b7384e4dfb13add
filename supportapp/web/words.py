"""What the audit's entries are called."""

from collections.abc import Mapping
from types import MappingProxyType

from supportapp.errors import N_
from supportapp.store.audit import Deed

DEEDS: Mapping[Deed, str] = MappingProxyType(
    {
        "alta": N_("Cuenta creada"),
        "clave": N_("Contraseña cambiada"),
        "salida": N_("Salida"),
        "sesion": N_("Sesión cerrada"),
        "sesiones": N_("Sesiones cerradas"),
        "cierre": N_("Cuenta cerrada"),
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
