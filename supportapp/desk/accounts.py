"""Accounts: registering, checking a password, setting a new one."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from supportapp.desk.viewer import ROBOT_DESK, ROBOT_USER
from supportapp.errors import FormErrors
from supportapp.store.database import Database, RowRefused
from supportapp.store.users import (
    NAME_PATTERN,
    User,
    fold,
    insert_user,
    select_user,
    select_user_to_sign_in,
    update_hash,
    update_password,
)

MIN_PASSWORD = 8
MAX_PASSWORD_BYTES = 1024
MAX_NOMBRE = 100
BCRYPT_BYTES = 72
"""bcrypt looks at no more; the reference system's hashes were made of the first 72 bytes."""

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What would make one name look like another, or cannot be stored."""

T = TypeVar("T")


class Accounts:
    """Accounts and their passwords; hashing runs in two threads, so that it never stops the messages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hasher = PasswordHasher(
            time_cost=2, memory_cost=19456, parallelism=1
        )  # 33 ms; the defaults take 350
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
        self._nobody = self._hasher.hash("nobody has this password")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def register(self, usuario: str, nombre: str, password: str, rol: str = "user") -> User:
        """A new account; raises `FormErrors` with a sentence for each field that is wrong."""
        errors = name_errors(usuario, nombre) | password_errors(password)
        if errors:
            raise FormErrors(errors)
        pass_hash = await self._in_thread(lambda: self._hasher.hash(password))
        try:
            await insert_user(self._database, usuario, nombre.strip(), rol, pass_hash, utc_now())
        except RowRefused as error:
            if not error.duplicate:
                raise
            raise FormErrors({"user": "taken"}) from None
        user = await select_user(self._database, usuario)
        assert user is not None
        return user

    async def check_password(self, usuario: str, password: str) -> User | None:
        """The account, if it is active and this is its password; as slow for a name that does not exist.

        Where nobody has exactly this name, the one who differs in case or accents: phones begin with a capital.
        """
        user = await select_user_to_sign_in(self._database, usuario)
        stored = user.pass_hash if user and user.activo else None
        if len(password.encode(errors="replace")) > MAX_PASSWORD_BYTES:
            return None
        right = await self._in_thread(lambda: self._verify(stored or self._nobody, password))
        if not (right and stored and user):
            return None
        if not stored.startswith("$argon2") or self._hasher.check_needs_rehash(stored):
            fresh = await self._in_thread(lambda: self._hasher.hash(password))
            await update_hash(self._database, user.usuario, stored, fresh)
        return user

    async def set_password(self, usuario: str, password: str) -> bool:
        """Set a new password and end every session; whether the account exists. Raises `FormErrors`."""
        errors = password_errors(password)
        if errors:
            raise FormErrors(errors)
        pass_hash = await self._in_thread(lambda: self._hasher.hash(password))
        return await update_password(self._database, usuario, pass_hash, utc_now()) > 0

    def _verify(self, stored: str, password: str) -> bool:
        secret = password.encode(errors="replace")
        try:
            if stored.startswith("$2"):
                return bcrypt.checkpw(secret[:BCRYPT_BYTES], stored.encode())
            return self._hasher.verify(stored, secret)
        except (VerificationError, InvalidHashError, ValueError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def name_errors(usuario: str, nombre: str) -> dict[str, str]:
    errors = {}
    if not re.fullmatch(NAME_PATTERN, usuario):
        errors["user"] = "name"
    elif fold(usuario) in (ROBOT_USER, ROBOT_DESK):
        errors["user"] = "taken"
    if not nombre.strip() or len(nombre) > MAX_NOMBRE or UNPRINTABLE.search(nombre):
        errors["nombre"] = "nombre"
    return errors


def password_errors(password: str) -> dict[str, str]:
    size = len(password.encode(errors="replace"))
    return {} if len(password) >= MIN_PASSWORD and size <= MAX_PASSWORD_BYTES else {"pass": "password"}


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
