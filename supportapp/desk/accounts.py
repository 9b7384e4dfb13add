"""Accounts: registering, checking a password, setting a new one."""

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import structlog

from supportapp.desk.access import changing
from supportapp.desk.audit import COMMAND_LINE, Actor, recording
from supportapp.desk.hashing import Hashing, until_the_step
from supportapp.desk.moment import utc_now
from supportapp.desk.names import MAX_NOMBRE, name_errors, reserved_errors
from supportapp.desk.passwords import MAX_PASSWORD_BYTES, password_error
from supportapp.errors import FormErrors, NotFound
from supportapp.store.access import update_hash, update_password
from supportapp.store.database import Database, RowRefused
from supportapp.store.erasing import select_was_erased
from supportapp.store.links import delete_links
from supportapp.store.sessions import close_sessions
from supportapp.store.users import (
    User,
    insert_user,
    select_admins,
    select_taken,
    select_user,
    select_user_to_sign_in,
)

LONGEST_NAME = 64
FIELDS = ("nombre", "user", "pass", "pass2")
"""In the order of the form."""

log = structlog.get_logger("supportapp.desk")


class Accounts:
    """Accounts and their passwords; `site`: the address people know, no part of which is a good password.

    `wrong(usuario, direccion)` is called where a password is not right; of whom, where there is such an account.
    """

    def __init__(self, database: Database, site: str = "") -> None:
        self._database = database
        self._hashing = Hashing()
        self.wrong: Callable[[str | None, str | None], None] = lambda usuario, direccion: None
        self._site = [part for part in (urlsplit(site).hostname or "").split(".") if not part.isdigit()]

    def close(self) -> None:
        self._hashing.close()

    @property
    def busy(self) -> bool:
        """Whether so many wait for a hash that the next is refused before any work."""
        return self._hashing.full

    async def register(
        self,
        usuario: str,
        nombre: str,
        password: str,
        rol: str = "user",
        *,
        repeated: str | None = None,
        actor: Actor = COMMAND_LINE,
    ) -> User:
        """A new account; raises `FormErrors` with a sentence for every field that is wrong.

        repeated: the password as typed a second time.
        """
        with self._hashing.place():
            errors = self._password_errors(password, usuario, nombre)
            if repeated not in (None, password):
                errors["pass2"] = "mismatch"
            errors = await self._name_errors(usuario, nombre, rol) | errors
            if errors:
                raise FormErrors({field: errors[field] for field in FIELDS if field in errors})
            pass_hash = await self._hashing.make(password)
        try:
            async with recording(self._database, "alta", usuario, actor, rol=rol) as connection:
                await insert_user(connection, usuario, " ".join(nombre.split()), rol, pass_hash, utc_now())
        except RowRefused as error:
            if not error.duplicate:
                raise
            raise FormErrors({"user": "taken"}) from None
        user = await select_user(self._database, usuario)
        assert user is not None
        return user

    async def check_password(self, usuario: str, password: str, direccion: str | None = None) -> User | None:
        """The account, if it is active and this is its password; who asks from a `direccion` and is wrong is told to `wrong`.

        Where nobody has exactly this name, the one who differs in case or accents: phones begin with a capital.
        A refusal takes as long for a name that does not exist, for a closed account and for every kind of hash.
        """
        begun = time.monotonic()
        with self._hashing.place():
            user = await self._check(usuario, password, direccion)
        if user is None:
            await until_the_step(begun)
        return user

    async def set_password(self, usuario: str, password: str, actor: Actor = COMMAND_LINE) -> bool:
        """Set a new password and end every session; whether the account exists. Raises `FormErrors`."""
        user = await select_user(self._database, usuario)
        try:
            await self._replace(usuario, user.nombre if user else "", password, actor)
        except NotFound:
            return False
        return True

    async def change_password(self, user: User, new: str, repeated: str, actor: Actor) -> None:
        """Set a new password for who has shown the old one, and end every session; raises `FormErrors`."""
        if new != repeated:
            raise FormErrors({"pass2": "mismatch"})
        await self._replace(user.usuario, user.nombre, new, actor, user.pass_hash)

    async def reset_password(self, usuario: str, new: str, repeated: str, actor: Actor) -> None:
        """Set a new password for who does not know the old one, which `actor` answers for; raises `FormErrors`."""
        if new != repeated:
            raise FormErrors({"pass2": "mismatch"})
        user = await select_user(self._database, usuario)
        with self._hashing.place():
            await self._replace(usuario, user.nombre if user else "", new, actor)

    async def _replace(
        self, usuario: str, nombre: str, password: str, actor: Actor, before: str | None = None
    ) -> None:
        """`before`: the hash that was verified; where there is another one by now, the old password is the wrong one."""
        if errors := self._password_errors(password, usuario, nombre):
            raise FormErrors(errors)
        pass_hash = await self._hashing.make(password)
        async with changing(self._database, usuario, "clave", actor) as connection:
            user, now = await select_user(connection, usuario), utc_now()
            await delete_links(connection, usuario)
            if not await update_password(connection, usuario, pass_hash, now, before):
                raise FormErrors({"actual": "wrong"})
            if user and user.pass_hash:  # a first password ends no session
                await close_sessions(connection, usuario, "clave", now)

    async def _check(self, usuario: str, password: str, direccion: str | None) -> User | None:
        if len(usuario) > LONGEST_NAME or len(password.encode(errors="replace")) > MAX_PASSWORD_BYTES:
            self.wrong(None, direccion)
            return None
        user = await select_user_to_sign_in(self._database, usuario)
        stored = user.pass_hash if user and user.activo else None
        right = await self._hashing.verify(stored, password)
        if user is None or stored is None or not right:
            if user:  # never what was typed in place of a name: people type passwords there
                log.info("wrong password", usuario=user.usuario)
            self.wrong(user.usuario if user else None, direccion)
            return None
        if not self._hashing.is_old(stored):
            return user
        stronger = await self._hashing.make(password)
        if await update_hash(self._database, user.usuario, stored, stronger):
            return replace(user, pass_hash=stronger)
        return user

    async def _name_errors(self, usuario: str, nombre: str, rol: str) -> dict[str, str]:
        errors = name_errors(usuario, nombre)
        database = self._database
        if "user" not in errors and (
            await select_taken(database, usuario) or await select_was_erased(database, usuario)
        ):
            errors["user"] = "taken"
        if rol != "admin":
            errors = reserved_errors(usuario, nombre, await select_admins(self._database)) | errors
        return errors

    def _password_errors(self, password: str, *names: str) -> dict[str, str]:
        own = [
            name for name in names if len(name) <= MAX_NOMBRE
        ]  # what is refused itself is not compared, too
        error = password_error(password, [*own, *self._site])
        return {"pass": error} if error else {}
