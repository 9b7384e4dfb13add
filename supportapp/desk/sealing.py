"""Seals what whoever reads the database must not learn; a copy of it opens nothing without `DATA_KEY`."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):  # noqa: N818
    """It was sealed with another key, or changed; or there is no key."""


class Sealing:
    """Seals with the first of `keys`, opens with any; `purpose` makes a key of its own of each."""

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        self._fernet = MultiFernet([Fernet(derive(key, purpose)) for key in keys])

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `SealBroken`."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SealBroken from None


def derive(key: str, purpose: str) -> bytes:
    return urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(key.encode()))
