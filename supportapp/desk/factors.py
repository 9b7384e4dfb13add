"""The second factor: codes of an app on somebody's own device (TOTP, RFC 6238), and ten to keep on paper."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyotp

from supportapp.config import Settings
from supportapp.desk.access import changing, end_all
from supportapp.desk.audit import COMMAND_LINE, Actor
from supportapp.desk.moment import utc_now
from supportapp.desk.sealing import SealBroken, Sealing
from supportapp.errors import FormErrors
from supportapp.store import factors as store
from supportapp.store.database import Database, RowRefused
from supportapp.store.factors import Factor
from supportapp.store.users import select_user

CODES = 10
CODE_BYTES = 10
AROUND = (0, -1, 1)
"""Time steps of 30 s by which a device's clock may be off."""
WRONG = "wrong_code"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new secret, as a person types it and as their app's camera reads it."""

    secret: str
    uri: str


class Factors:
    """Everybody's second factor. Without `DATA_KEY` nobody gets one, and whoever has one cannot use it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._sealing = Sealing(settings.data_keys, "factores") if settings.data_keys else None
        self._issuer = urlsplit(settings.public_origin).hostname or "soporte"

    @property
    def available(self) -> bool:
        return self._sealing is not None

    async def of(self, usuario: str) -> Factor | None:
        """The one that is asked for when this person signs in."""
        factor = await store.select_factor(self._database, usuario)
        return factor if factor and factor.desde else None

    async def codes_left(self, usuario: str) -> int:
        return await store.count_unused(self._database, usuario)

    async def begin(self, usuario: str, actor: Actor) -> Enrolment:
        """A new secret, which is not asked for before `confirm`; raises `FormErrors` where there is a factor already."""
        assert self._sealing is not None, "the page offers none"
        secret = pyotp.random_base32()
        try:
            async with changing(self._database, usuario, "factor", actor, hecho="empezado") as connection:
                await store.insert_factor(connection, usuario, self._sealing.seal(secret))
        except RowRefused as error:
            if not error.duplicate:
                raise
            raise FormErrors({"codigo": "factor"}) from None
        return self._shown(usuario, secret)

    async def begun(self, usuario: str) -> Enrolment | None:
        """What `begin` made and nobody has confirmed yet; not what was sealed with a key that is gone: it is begun anew."""
        secret = self._unconfirmed(await store.select_factor(self._database, usuario))
        return self._shown(usuario, secret) if secret else None

    async def confirm(self, usuario: str, code: str, actor: Actor) -> list[str]:
        """From now on the factor is asked for, and every session ends; the codes for the day the device is lost.

        Raises `FormErrors` for a wrong code and where there is none any more that was begun.
        """
        codes = [secrets.token_bytes(CODE_BYTES) for _ in range(CODES)]
        async with changing(self._database, usuario, "factor", actor, hecho="puesto") as connection:
            factor = await store.select_factor(connection, usuario)
            secret = self._unconfirmed(factor)
            step = step_of(secret, code) if secret else None
            if factor is None or step is None or not await store.update_step(connection, factor, step):
                raise FormErrors({"codigo": WRONG})
            await store.update_since(connection, usuario, utc_now())
            await store.insert_codes(connection, usuario, [print_of(one.hex()) for one in codes])
            await end_all(connection, usuario, "factor")
        return [in_groups(one.hex()) for one in codes]

    async def check(self, usuario: str, code: str) -> bool:
        """Whether `code` is right, of the device or of the ten; each is taken once, by one process. Raises `SealBroken`."""
        factor = await self.of(usuario)
        if factor is None:
            return False
        if step := step_of(self._open(factor), code):
            return await store.update_step(self._database, factor, step)
        return await store.update_used(self._database, usuario, print_of(code), utc_now())

    def _unconfirmed(self, factor: Factor | None) -> str | None:
        """The secret of one that was only begun, unless its key is gone."""
        if factor is None or factor.desde:
            return None
        try:
            return self._open(factor)
        except SealBroken:
            return None

    def _open(self, factor: Factor) -> str:
        if self._sealing is None:
            raise SealBroken
        return self._sealing.open(factor.sellado)

    def _shown(self, usuario: str, secret: str) -> Enrolment:
        uri = pyotp.TOTP(secret).provisioning_uri(name=usuario, issuer_name=self._issuer)
        return Enrolment(" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), uri)


def step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is."""
    typed = "".join(code.split())
    totp, now = pyotp.TOTP(secret), int(time.time())
    for offset in AROUND:
        if secrets.compare_digest(
            totp.at(now, counter_offset=offset).encode(), typed.encode(errors="replace")
        ):
            return now // totp.interval + offset
    return None


async def remove(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> bool:
    """The password is enough again, and every session ends; whether there was a factor. Raises `NotFound`."""
    if await store.select_factor(database, usuario) is None and await select_user(database, usuario):
        return False
    async with changing(database, usuario, "factor", actor, hecho="quitado") as connection:
        await store.delete_factor(connection, usuario)
        await end_all(connection, usuario, "factor")
    return True


def print_of(code: str) -> str:
    """What is kept of a code: of 80 random bits nobody finds it by trying."""
    plain = "".join(one for one in code.lower() if one.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def in_groups(code: str) -> str:
    return "-".join(code[at : at + 5] for at in range(0, len(code), 5))
