"""Which passwords nobody may choose, and that every refusal takes as long."""

import asyncio
import time
from collections.abc import AsyncIterator

import bcrypt
import pytest

from supportapp.desk import hashing
from supportapp.desk.accounts import Accounts
from supportapp.desk.passwords import password_error
from supportapp.store.database import Database

OWN = ("Ana García", "agarcia77", "soporte", "tienda", "example")
FIRST_GUESSES = [
    "password", "Password1", "P@ssw0rd", "12345678", "123456789", "qwertyui", "1q2w3e4r", "iloveyou", "letmein1", "admin123", "abcdefgh",
    "aaaaaaaa", "x" * 60, "password" * 6, "contraseña", "Contraseña1", "micontraseña", "hola1234", "tequiero", "qwerty123", "11111111", "asdfghjk",
]  # fmt: skip
OWN_WORDS = [
    "ana-garcia",
    "AnaGarcia1",
    "garcía1985",
    "agarcia77",
    "77aicraga",
    "soporte1",
    "soporte2026",
    "vicarcia77",
    "tienda123",
    "Ana.Garcia!",
    "4n4g4rc14",
]
GOOD = [
    "correcta-1234",
    "correcta-caballo-99",
    "otra-contraseña",
    "a1b2-c3d4-e5f6",
    "caballo verde lunes",
    "x7!kQ2m9",
    "пароль-из-трех-слов",
]


@pytest.mark.parametrize("password", FIRST_GUESSES)
def test_the_first_guesses_are_refused(password: str) -> None:
    assert password_error(password, OWN) == "common"


@pytest.mark.parametrize("password", OWN_WORDS)
def test_a_person_s_own_words_are_refused(password: str) -> None:
    assert password_error(password, OWN) == "own"


@pytest.mark.parametrize("password", GOOD)
def test_what_takes_longer_to_guess_is_taken(password: str) -> None:
    assert password_error(password, OWN) is None


@pytest.mark.parametrize(
    "password", ["4@8({[<369!1|70$5+7%2" * 40, "pa55w0rd" * 128, "é" * 500, "\ud800" * 20]
)
def test_no_password_takes_long_to_judge(password: str) -> None:
    begun = time.process_time()
    password_error(password, ["x " * 50])
    assert time.process_time() - begun < 0.5  # without pieces: half a minute


@pytest.fixture
async def accounts(sqlite_url: str) -> AsyncIterator[Accounts]:
    """Without people but the desk; SQLite only: what is measured is not the database."""
    database = Database(sqlite_url)
    await database.connect()
    accounts = Accounts(database)
    for usuario, cost in (("viejo", 9), ("nuevo", 0), ("cerrado", 0)):
        await accounts.register(usuario, "Eva López", "caballo verde lunes")
        if cost:
            old = bcrypt.hashpw(b"caballo verde lunes", bcrypt.gensalt(cost)).decode()
            await database.execute(
                "UPDATE usuarios SET pass = :p WHERE usuario = :u", {"p": old, "u": usuario}
            )
    await database.execute("UPDATE usuarios SET activo = 0 WHERE usuario = 'cerrado'")
    yield accounts
    accounts.close()
    await database.disconnect()


async def test_every_refusal_takes_as_long(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "STEP", 0.4)
    took = {}
    for usuario in ("viejo", "nuevo", "cerrado", "nadie", "admin", "x" * 80):
        begun = time.monotonic()
        assert await accounts.check_password(usuario, "otra") is None
        took[usuario] = time.monotonic() - begun
    assert all(abs(seconds - round(seconds / 0.4) * 0.4) < 0.12 for seconds in took.values()), took
    begun = time.monotonic()
    assert await accounts.check_password("nuevo", "caballo verde lunes")
    assert time.monotonic() - begun < 0.4


async def test_whoever_waits_for_the_step_keeps_nobody_else_waiting(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "STEP", 5)
    refused = asyncio.ensure_future(accounts.check_password("nadie", "otra"))
    await asyncio.sleep(0.5)
    assert not refused.done()
    assert not accounts._hashing._inside
    refused.cancel()


def test_no_account_takes_as_long_as_one() -> None:
    assert not hashing.HASHER.check_needs_rehash(hashing.NOBODYS)
