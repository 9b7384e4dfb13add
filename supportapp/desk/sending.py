"""From what a stranger's program sent to a draft that may be written: shape, text and pace."""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from supportapp.desk.pace import Buckets, rate_of
from supportapp.desk.viewer import Viewer
from supportapp.errors import SupportError
from supportapp.visible import is_visible

MAX_CHARACTERS = 4000
MAX_BYTES = 8000
"""A TEXT column takes 65,535 bytes; a message of 4,000 letters in any script fits in 8,000."""

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters other than tab and line feed, and halves of a surrogate pair."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message whose shape and text are right; whether its recipient exists, the writer finds out.

    `given`: the client made `id_cliente`, so it may have been stored before.
    """

    sender: Viewer
    para: str
    mensaje: str
    id_cliente: str
    huella: str
    given: bool

    @property
    def key(self) -> tuple[str, str]:
        """What makes a message one message: `(de_usuario, id_cliente)`."""
        return self.sender.usuario, self.id_cliente


def check(sender: Viewer, payload: Any) -> Draft:
    """The draft in `payload`, an object `{para, mensaje, id_cliente?, de?}`; raises `SupportError`.

    `de` is whom the page belongs to: what was typed as Ana is not sent by a session that has become Luis's.
    """
    if not isinstance(payload, dict):
        raise SupportError("formato")
    if payload.get("de", sender.usuario) != sender.usuario:
        raise SupportError("sesion")
    para, mensaje, id_cliente = (payload.get(key) for key in ("para", "mensaje", "id_cliente"))
    if not isinstance(para, str) or not isinstance(mensaje, str):
        raise SupportError("formato")
    if id_cliente is not None and not (isinstance(id_cliente, str) and CLIENT_ID.match(id_cliente)):
        raise SupportError("formato")
    text = check_text(mensaje)
    if not para or len(para) > 64 or FORBIDDEN.search(para):
        raise SupportError("destinatario")
    return Draft(
        sender, para, text, id_cliente or new_client_id(), fingerprint(para, text), id_cliente is not None
    )


def check_text(text: str) -> str:
    """`text` as it will be stored: only its line ends are changed."""
    text = text.replace("\r\n", "\n")
    if len(text) > MAX_CHARACTERS:
        raise SupportError("largo")
    if FORBIDDEN.search(text):
        raise SupportError("formato")
    if len(text.encode()) > MAX_BYTES:
        raise SupportError("largo")
    if not is_visible(text):
        raise SupportError("vacio")
    return text


def fingerprint(para: str, text: str) -> str:
    """What tells a repeat from another message under the same id: 32 hexadecimal digits."""
    name = para.encode()
    return hashlib.blake2b(b"%d:%b%b" % (len(name), name, text.encode()), digest_size=16).hexdigest()


def new_client_id() -> str:
    """A UUIDv7 without dashes: 48 bits of milliseconds, then random, so that the index grows at its end."""
    return f"{time.time_ns() // 1_000_000:012x}7{secrets.token_hex(10)[:19]}"


class Pace:
    """How fast a person may send, over all their connections to this process: `300/15 seconds` is 300 at once, 20 a second."""

    def __init__(self, limit: str) -> None:
        self._people = Buckets(*rate_of(limit))

    def check(self, usuario: str) -> None:
        """Count one message of `usuario`; raises `limite` with the time after which the next is taken."""
        if wait := self._people.take(usuario):
            raise SupportError("limite", espera_ms=1 + int(wait * 1000))
