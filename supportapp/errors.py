"""The few errors a person can cause, in the words that person reads."""

from collections.abc import Mapping
from types import MappingProxyType


def N_(text: str) -> str:  # noqa: N802  # gettext's own name
    """Mark `text` for translation; the doors translate it for the reader."""
    return text


class SupportError(Exception):
    """A refusal with the code that clients read and the HTTP status that says the same.

    `espera_ms`: how long to wait before trying again, in milliseconds, where that is known.
    """

    def __init__(self, code: str, *, espera_ms: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.espera_ms = espera_ms

    @property
    def status(self) -> int:
        return STATUSES[self.code]

    @property
    def sentence(self) -> str:
        """What a person reads, as the msgid of the catalogue (Spanish)."""
        return SENTENCES[self.code]


class InvalidSession(SupportError):  # noqa: N818
    """The token is forged, expired or revoked, or its account is gone."""

    def __init__(self) -> None:
        super().__init__("sesion")


class FactorMissing(InvalidSession):
    """It stands, and is good for the own account only: an admin needs a second factor."""


class NotFound(SupportError):  # noqa: N818
    """It is not there, or it is not for this viewer: the same answer."""

    def __init__(self) -> None:
        super().__init__("no_encontrado")


class StartError(Exception):
    """The application cannot start; the text is the one line that says why and what to do."""


SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "formato": N_("El mensaje contiene caracteres que no se pueden guardar. Revise el texto."),
        "vacio": N_("Escriba un mensaje."),
        "largo": N_("El mensaje es demasiado largo: como máximo 4000 caracteres (8000 bytes)."),
        "destinatario": N_("No se puede escribir a esta persona."),
        "id_reutilizado": N_("Este identificador ya se usó para otro mensaje. Envíelo de nuevo."),
        "limite": N_("Ha enviado demasiados mensajes seguidos. Espere unos segundos."),
        "ocupado": N_("Ahora mismo no se puede guardar el mensaje. Inténtelo de nuevo en unos segundos."),
        "sesion": N_("Su sesión ha terminado. Inicie sesión de nuevo."),
        "no_encontrado": N_("No existe o no tiene acceso."),
        "formulario": N_("Revise los campos señalados."),
        "ventana": N_("La página pedida no es válida: use «antes» o «despues», y «limite» de 1 a 500."),
    }
)

STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "formato": 422,
        "vacio": 422,
        "largo": 422,
        "destinatario": 404,
        "id_reutilizado": 422,
        "limite": 429,
        "ocupado": 503,
        "sesion": 401,
        "no_encontrado": 404,
        "formulario": 422,
        "ventana": 400,
    }
)


class FormErrors(SupportError):  # noqa: N818
    """A form with wrong fields; `fields` has the code of a sentence in `FIELD_SENTENCES` for each."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("formulario")
        self.fields = fields

    @property
    def sentences(self) -> dict[str, str]:
        """What a person reads beside each field, as msgids."""
        return {field: FIELD_SENTENCES[code] for field, code in self.fields.items()}


FIELD_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "name": N_(
            "Use de 1 a 64 letras sin acento, cifras, puntos, guiones o @; empiece por letra o cifra."
        ),
        "nombre": N_("Escriba su nombre con letras que se vean, 100 caracteres como máximo."),
        "reserved": N_(
            "Este nombre es del equipo de soporte, o se lee igual. Elija otro o añada un apellido."
        ),
        "password": N_("La contraseña debe tener 8 caracteres como mínimo."),
        "common": N_(
            "Esta contraseña es de las que se adivinan primero. Pruebe con varias palabras sin relación entre sí."
        ),
        "own": N_(
            "La contraseña no puede ser su nombre ni su usuario con poco más. Pruebe con varias palabras sin relación."
        ),
        "taken": N_("Este usuario ya existe. Elija otro."),
        "wrong_code": N_(
            "Este código no vale. Escriba el que muestra ahora su aplicación, o uno de los de reserva que no haya usado."
        ),
        "factor": N_("Ya tiene un segundo factor."),
        "wrong": N_("La contraseña actual no es esta."),
        "mismatch": N_("Las contraseñas no coinciden."),
    }
)
