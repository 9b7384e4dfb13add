"""Accounts and sessions: what signs in, what no longer does."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt
import jwt
import pytest
from pydantic import SecretStr

from supportapp.config import Settings
from supportapp.desk import trusted as trusted_module
from supportapp.desk.accounts import Accounts
from supportapp.desk.directory import Directory
from supportapp.desk.identity import Identity
from supportapp.desk.moment import utc_now
from supportapp.desk.session import Session
from supportapp.desk.sessions import stored
from supportapp.desk.signing import RENEW_AFTER
from supportapp.errors import FormErrors, InvalidSession
from supportapp.store.database import Database
from supportapp.store.sessions import upsert_seen
from supportapp.store.users import select_user
from tests.clients.people import token
from tests.conftest import JWT_SECRET

PASSWORD = "correcta-1234"


@pytest.fixture
async def accounts(database: Database, people: object) -> AsyncIterator[Accounts]:
    accounts = Accounts(database)
    yield accounts
    accounts.close()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With short sessions, as everybody's were and admins' are: what renews has to end soon without it."""
    return settings.model_copy(update={"session_idle_hours": 1, "session_max_hours": 24})


@pytest.fixture
def identity(settings: Settings, database: Database, people: object) -> Identity:
    return Identity(settings, database, Directory())


async def set_hash(database: Database, pass_hash: str, usuario: str = "ana") -> None:
    values = {"hash": pass_hash, "usuario": usuario}
    await database.execute("UPDATE usuarios SET pass = :hash WHERE usuario = :usuario", values)


async def test_the_right_password_and_no_other(accounts: Accounts) -> None:
    user = await accounts.check_password("ana", PASSWORD)
    assert user is not None
    assert user.usuario == "ana"
    wrong = [("ana", wrong) for wrong in ("", "Correcta-1234", PASSWORD + " ", "x" * 5000, "\ud800")]
    nobodys = [(nobody, PASSWORD) for nobody in ("ana ", "nadie", "admin")]  # admin has no password yet
    attempts = [accounts.check_password(*attempt) for attempt in wrong + nobodys]
    assert await asyncio.gather(*attempts) == [None] * 8


async def test_who_writes_their_name_as_a_phone_does_is_found(accounts: Accounts, database: Database) -> None:
    """Only where nobody has exactly this name: a site's own accounts may differ in what is folded away."""
    for written in ("Ana", "ANA", "án\u0101"):
        user = await accounts.check_password(written, PASSWORD)
        assert user is not None
        assert user.usuario == "ana"
    await database.execute("UPDATE usuarios SET clave = 'other', usuario = 'Luis' WHERE usuario = 'luis'")
    await database.execute("UPDATE usuarios SET clave = 'luis' WHERE usuario = 'elena'")
    user = await accounts.check_password("Luis", PASSWORD)
    assert user is not None
    assert user.usuario == "Luis"
    assert (
        await accounts.check_password("LUIS", PASSWORD) is None
    )  # whoever has the folded name, it is not theirs


async def test_a_closed_account_does_not_sign_in(accounts: Accounts, database: Database) -> None:
    await database.execute("UPDATE usuarios SET activo = 0 WHERE usuario = 'ana'")
    assert await accounts.check_password("ana", PASSWORD) is None


@pytest.mark.parametrize("password", [PASSWORD, "á" * 60])  # the second is longer than bcrypt's 72 bytes
async def test_a_hash_of_the_reference_system_signs_in_and_is_replaced(
    accounts: Accounts, database: Database, password: str
) -> None:
    await set_hash(database, bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode())
    assert await accounts.check_password("ana", "otra cosa") is None
    assert await accounts.check_password("ana", password) is not None
    user = await select_user(database, "ana")
    assert user is not None
    assert str(user.pass_hash).startswith("$argon2id$")
    assert await accounts.check_password("ana", password) is not None


async def test_a_broken_hash_signs_nobody_in(accounts: Accounts, database: Database) -> None:
    hashes = {"ana": "", "luis": "plain", "marta": "$2b$04$short", "elena": "$argon2id$nonsense"}
    for usuario, broken in hashes.items():
        await set_hash(database, broken, usuario)
    attempts = [accounts.check_password(usuario, broken) for usuario, broken in hashes.items()]
    assert await asyncio.gather(*attempts) == [None] * 4


async def test_registering_makes_a_user_and_nothing_else(accounts: Accounts) -> None:
    user = await accounts.register("pepe", " Pepe Núñez ", PASSWORD)
    assert (user.usuario, user.nombre, user.rol) == ("pepe", "Pepe Núñez", "user")
    assert await accounts.check_password("pepe", PASSWORD) is not None


@pytest.mark.parametrize("taken", ["ana", "ANA", "Admin", "admin"])
async def test_a_name_that_looks_like_another_is_taken(accounts: Accounts, taken: str) -> None:
    with pytest.raises(FormErrors) as refusal:
        await accounts.register(taken, "Otra", PASSWORD)
    assert refusal.value.fields == {"user": "taken"}


@pytest.mark.parametrize("name", ["", " ", "ádmin", "-x", ".x", "a b", "a/b", "x" * 65, "a\n", "admin\u200b"])
async def test_names_are_plain(accounts: Accounts, name: str) -> None:
    with pytest.raises(FormErrors) as refusal:
        await accounts.register(name, "Otra", PASSWORD)
    assert "user" in refusal.value.fields


async def test_every_wrong_field_is_named(accounts: Accounts) -> None:
    with pytest.raises(FormErrors) as refusal:
        await accounts.register("a b", "  ", "corta")
    assert set(refusal.value.sentences) == {"user", "nombre", "pass"}


async def test_a_new_password_ends_the_sessions_before_it(accounts: Accounts, identity: Identity) -> None:
    before = identity.issue("ana", "Ana", "user")
    assert (await identity.session(before)).viewer.usuario == "ana"
    assert await accounts.set_password("ana", "otra-contraseña")
    with pytest.raises(InvalidSession):
        await identity.session(before)
    assert (await identity.session(identity.issue("ana", "Ana", "user"))).viewer.usuario == "ana"


async def test_c02_a_token_made_elsewhere_counts_as_made_an_hour_before_it_ends(
    identity: Identity, settings: Settings, database: Database
) -> None:
    elsewhere = token(settings.jwt_secret.get_secret_value(), "ana")
    viewer = (await identity.session(elsewhere)).viewer
    assert (viewer.usuario, viewer.nombre, viewer.rol) == ("ana", "Ana", "user")
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=60)
    await database.execute("UPDATE usuarios SET sesiones_desde = :soon WHERE usuario = 'ana'", {"soon": soon})
    with pytest.raises(InvalidSession):
        await identity.session(elsewhere)


async def test_while_the_secret_changes_tokens_of_both_stand_and_the_first_signs(
    settings: Settings, database: Database, people: object
) -> None:
    old, new, third = settings.jwt_secret.get_secret_value(), *(letter * 3 + JWT_SECRET for letter in "nt")
    both, alone = (
        Identity(settings.model_copy(update={"jwt_secret": SecretStr(secret)}), database, Directory())
        for secret in (f"{new},{old}", new)
    )
    before = Identity(settings, database, Directory()).issue("ana", "Ana", "user")
    session = await both.session(aged_by(before, settings, RENEW_AFTER + 30))
    assert session.renewal is not None
    assert (await alone.session(session.renewal)).key == session.key
    assert (await both.session(token(old, "ana"))).viewer.usuario == "ana"
    assert both.signed_for([before]) == "ana"
    for refused, identity in ((before, alone), (token(third, "ana"), both)):
        with pytest.raises(InvalidSession):
            await identity.session(refused)


@pytest.mark.parametrize("algorithm", ["none", "HS384"])
async def test_c02_another_algorithm_is_refused(
    identity: Identity, settings: Settings, algorithm: str
) -> None:
    key = None if algorithm == "none" else settings.jwt_secret.get_secret_value()
    claims = {"user": "ana", "name": "Ana", "rol": "user", "exp": int(time.time()) + 60}
    with pytest.raises(InvalidSession):
        await identity.session(jwt.encode(claims, key, algorithm))


@pytest.mark.parametrize("junk", ["", "a.b.c", "é", "\ud800", "x" * 10_000, "null", "."])
async def test_c02_junk_is_no_token(identity: Identity, junk: str) -> None:
    with pytest.raises(InvalidSession):
        await identity.session(junk)


async def test_c02_a_session_in_use_renews_until_an_end_that_use_does_not_move(
    identity: Identity, settings: Settings
) -> None:
    own = identity.issue("ana", "Ana", "user")
    assert (await identity.session(own)).renewal is None
    fin = claims_of(own, settings)["fin"] - RENEW_AFTER - 30
    aged = aged_by(own, settings, RENEW_AFTER + 30, fin=fin)
    renewal = (await identity.session(aged)).renewal
    assert renewal is not None
    assert (await identity.session(renewal)).viewer.usuario == "ana"
    assert claims_of(renewal, settings)["fin"] == fin
    last = aged_by(own, settings, RENEW_AFTER + 30, fin=int(time.time()) + 100, exp=int(time.time()) + 100)
    assert (await identity.session(last)).renewal is None


async def test_how_long_a_session_lasts_goes_by_the_role(
    settings: Settings, database: Database, people: object
) -> None:
    usual = Settings(database_url=settings.database_url, jwt_secret=settings.jwt_secret)
    identity, hour = Identity(usual, database, Directory()), 3600
    for usuario, rol, idle, longest in (("ana", "user", 1, 720), ("marta", "admin", 1, 12)):
        own = identity.issue(usuario, usuario, rol)
        claims = claims_of(own, settings)
        assert claims["exp"] - claims["iat"] == pytest.approx(idle * hour, abs=1)
        assert claims["fin"] - claims["iat"] == pytest.approx(longest * hour, abs=1)
        assert (await identity.session(own)).expires == claims["exp"]
    quick = Identity(usual.model_copy(update={"admin_session_idle_minutes": 5}), database, Directory())
    own = quick.issue("marta", "Marta", "admin")
    assert claims_of(own, settings)["exp"] - time.time() < 301
    assert (await quick.session(aged_by(own, settings, 40))).renewal is None
    assert (await quick.session(aged_by(own, settings, 60))).renewal is not None


async def used(database: Database, session: Session, ago: timedelta) -> None:
    """The session has a row, and was used for the last time so long ago."""
    row = stored(session, "192.0.2.7", "Lynx")
    await upsert_seen(database, [replace(row, vista=utc_now() - ago)])


@pytest.mark.parametrize(
    ("usuario", "rol", "idle"),
    [("ana", "user", timedelta(days=30)), ("marta", "admin", timedelta(minutes=90))],
)
async def test_a_token_that_lapsed_stands_while_its_session_is_used_and_is_replaced(
    settings: Settings, database: Database, people: object, usuario: str, rol: str, idle: timedelta
) -> None:
    monthly = {"session_idle_hours": 720, "session_max_hours": 2000, "admin_session_idle_minutes": 90}
    identity = Identity(settings.model_copy(update=monthly), database, Directory())
    own = identity.issue(usuario, usuario, rol)
    session = await identity.session(own)
    lapsed = aged_by(own, settings, 3700)
    with pytest.raises(InvalidSession):  # nobody knows that it was used
        await identity.session(lapsed)
    await used(database, session, idle + timedelta(minutes=1))
    with pytest.raises(InvalidSession):
        await identity.session(lapsed)
    await used(database, session, idle - timedelta(minutes=1))
    found = await identity.session(lapsed)
    assert (found.key, found.ends) == (session.key, session.ends - 3700)
    assert found.expires - time.time() == pytest.approx(60, abs=2)  # what a socket lives by
    assert found.renewal is not None
    renewed = await identity.session(found.renewal)
    assert (renewed.key, renewed.ends) == (session.key, found.ends)
    assert await identity.judge([found]) == [found.viewer]
    over = aged_by(own, settings, 3700, fin=int(time.time()) - 1)
    with pytest.raises(InvalidSession):
        await identity.session(over)


async def test_signing_out_with_a_token_that_lapsed_ends_its_session(
    settings: Settings, database: Database, people: object
) -> None:
    identity = Identity(settings.model_copy(update={"session_idle_hours": 720}), database, Directory())
    own = identity.issue("ana", "Ana", "user")
    session = await identity.session(own)
    await used(database, session, timedelta(hours=2))
    lapsed = aged_by(own, settings, 3700)
    assert (await identity.session(lapsed)).viewer.usuario == "ana"
    await identity.close([lapsed])
    for gone in (lapsed, own):
        with pytest.raises(InvalidSession):
            await identity.session(gone)


async def test_a_token_of_the_site_that_lapsed_never_stands(
    identity: Identity, settings: Settings, database: Database
) -> None:
    secret, now = settings.jwt_secret.get_secret_value(), int(time.time())
    soon = token(secret, "ana", exp=now + 2)
    session = await identity.session(soon)
    await used(database, session, timedelta(0))
    await asyncio.sleep(session.expires - time.time() + 0.01)
    with pytest.raises(InvalidSession):
        await identity.session(soon)


async def test_whose_role_has_shorter_sessions_now_signs_in_again(
    settings: Settings, database: Database, people: object
) -> None:
    monthly = settings.model_copy(update={"session_idle_hours": 720})
    identity = Identity(monthly, database, Directory())
    ana, marta = identity.issue("ana", "Ana", "user"), identity.issue("marta", "Marta", "admin")
    sessions = [await identity.session(own) for own in (ana, marta)]
    await database.execute("UPDATE usuarios SET rol = 'admin' WHERE usuario = 'ana'")
    await database.execute("UPDATE usuarios SET rol = 'user' WHERE usuario = 'marta'")
    with pytest.raises(InvalidSession):
        await identity.session(ana)
    assert (await identity.session(marta)).viewer.rol == "user"
    assert [viewer and viewer.rol for viewer in await identity.judge(sessions)] == [None, "user"]
    again = await identity.session(identity.issue("ana", "Ana", "admin"))
    assert again.viewer.rol == "admin"


async def test_nor_does_an_admin_keep_the_month_that_a_customer_has(
    settings: Settings, database: Database, people: object
) -> None:
    usual = Settings(database_url=settings.database_url, jwt_secret=settings.jwt_secret)
    identity = Identity(usual, database, Directory())
    own = identity.issue("ana", "Ana", "user")
    session = await identity.session(own)
    await database.execute("UPDATE usuarios SET rol = 'admin' WHERE usuario = 'ana'")
    with pytest.raises(InvalidSession):
        await identity.session(own)
    assert await identity.judge([session]) == [None]


async def test_a_site_s_token_lives_no_longer_than_it_may_though_ours_do(
    settings: Settings, database: Database, people: object
) -> None:
    usual = Settings(database_url=settings.database_url, jwt_secret=settings.jwt_secret)
    identity, secret = Identity(usual, database, Directory()), settings.jwt_secret.get_secret_value()
    assert (await identity.session(token(secret, "ana", exp=int(time.time()) + 24 * 3600))).modo == "sitio"
    with pytest.raises(InvalidSession):
        await identity.session(token(secret, "ana", exp=int(time.time()) + 25 * 3600))


async def test_where_the_site_signs_in_users_only_its_token_is_no_admins(
    settings: Settings, database: Database, people: object
) -> None:
    identity = Identity(settings.model_copy(update={"site_tokens": "users"}), database, Directory())
    secret = settings.jwt_secret.get_secret_value()
    with pytest.raises(InvalidSession):
        await identity.session(token(secret, "marta", "admin"))
    assert (await identity.session(identity.issue("marta", "Marta", "admin"))).viewer.rol == "admin"
    ana = await identity.session(token(secret, "ana"))
    await database.execute("UPDATE usuarios SET rol = 'admin' WHERE usuario = 'ana'")
    assert await identity.judge([ana]) == [None]  # nor does its socket become one


async def test_a_token_of_the_site_is_never_renewed(identity: Identity, settings: Settings) -> None:
    site = token(settings.jwt_secret.get_secret_value(), "ana", iat=time.time() - RENEW_AFTER - 30)
    assert (await identity.session(site)).renewal is None


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": float("inf")},
        {"iat": float("nan")},
        {"iat": 10**400},
        {"iat": True},
        {"iat": "1"},
        {"iat": time.time() + 3600},
        {"exp": int(time.time()) + 10 * 365 * 86400},
        {"exp": float("inf")},
        {"exp": "9999999999"},
        {"exp": [1]},
    ],
)
async def test_a_token_of_an_impossible_time_is_refused(
    identity: Identity, settings: Settings, claims: dict[str, Any]
) -> None:
    with pytest.raises(InvalidSession):
        await identity.session(token(settings.jwt_secret.get_secret_value(), "ana", **claims))


async def test_a_long_token_without_iat_ends_with_a_new_password(
    identity: Identity, accounts: Accounts, settings: Settings
) -> None:
    site = token(settings.jwt_secret.get_secret_value(), "ana", exp=int(time.time()) + 8 * 3600)
    assert (await identity.session(site)).viewer.usuario == "ana"
    await accounts.set_password("ana", "otra-contraseña")
    with pytest.raises(InvalidSession):
        await identity.session(site)


async def test_a_first_password_ends_no_session(
    identity: Identity, accounts: Accounts, settings: Settings, database: Database
) -> None:
    site = token(settings.jwt_secret.get_secret_value(), "ana", iat=int(time.time()))
    await database.execute("UPDATE usuarios SET pass = NULL WHERE usuario = 'ana'")
    await accounts.set_password("ana", "otra-contraseña")
    assert (await identity.session(site)).viewer.usuario == "ana"


async def test_signing_out_ends_the_session_and_its_renewals_and_no_other_one(
    identity: Identity, settings: Settings
) -> None:
    here, elsewhere = identity.issue("ana", "Ana", "user"), identity.issue("ana", "Ana", "user")
    renewal = (await identity.session(aged_by(here, settings, RENEW_AFTER + 30))).renewal
    site = token(settings.jwt_secret.get_secret_value(), "ana")
    assert renewal is not None
    await identity.close(["another-programs", here, site])
    await identity.close([here])
    for ended in (here, renewal, site):
        with pytest.raises(InvalidSession):
            await identity.session(ended)
    assert (await identity.session("another-programs", here, elsewhere)).viewer.usuario == "ana"


def claims_of(own: str, settings: Settings) -> dict[str, Any]:
    return dict(jwt.decode(own, settings.jwt_secret.get_secret_value(), ["HS256"]))


def aged_by(own: str, settings: Settings, seconds: float, **changed: Any) -> str:
    """The same token as it would be had it been made so long ago."""
    claims = claims_of(own, settings)
    earlier = {name: claims[name] - int(seconds) for name in ("iat", "exp", "fin")}
    claims |= {**earlier, **changed}
    return jwt.encode(claims, settings.jwt_secret.get_secret_value(), "HS256")


async def test_only_a_token_that_was_checked_lately_is_trusted_without_the_database(
    identity: Identity, accounts: Accounts
) -> None:
    ana, luis = identity.issue("ana", "Ana", "user"), identity.issue("luis", "Luis", "user")
    assert identity.trusted(ana) is None
    await identity.session(ana)
    viewer = identity.trusted(ana)
    assert viewer is not None
    assert viewer.usuario == "ana"
    assert identity.trusted(luis) is None
    with pytest.raises(InvalidSession):
        identity.trusted(ana[:-4] + "AAAA")
    await accounts.set_password("ana", "otra-contraseña")
    with pytest.raises(InvalidSession):
        await identity.session(ana)
    assert identity.trusted(ana) is None


async def test_trust_ends_by_itself(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = identity.issue("ana", "Ana", "user")
    await identity.session(ana)
    monkeypatch.setattr(trusted_module, "TRUSTED_FOR", 0.0)
    assert identity.trusted(ana) is None
