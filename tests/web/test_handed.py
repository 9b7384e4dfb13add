"""Links that admins hand to people: once, in time, equal answers, and the secret nowhere but in the link."""

import asyncio
import re
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from supportapp.config import Settings
from supportapp.desk.access import deactivate, end_sessions
from supportapp.desk.audit import Actor
from supportapp.desk.bans import ban_person
from supportapp.desk.links import LinkOver, invite, look, mark, reset_link, revoke
from supportapp.desk.moment import utc_now
from supportapp.desk.roles import set_role
from supportapp.store.audit import Filter, select_entries
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.users import select_user
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.test_account import is_in, sign_in
from tests.web.visitors import PASSWORD, visit

NEW = "caballo verde lunes"
EVA = {"user": "eva", "nombre": "Eva Ruiz", "pass": NEW, "pass2": NEW}
MARTA = Actor("marta", "198.51.100.7")


@pytest.fixture
async def managed(web: Web) -> Web:
    """Marta may see to the people."""
    await set_role(web.desk.database, "marta", "admin", True)
    return web


async def test_an_invitation_makes_one_account_of_its_role(managed: Web) -> None:
    secret = await invite(managed.desk.database, "admin", actor=MARTA)
    for _ in range(3):  # looking at it uses nothing up
        page = await visit(managed).page(f"/invitacion/{secret}")
        assert (page.status, "Le han invitado" in page.text) == (200, True)
    eva = visit(managed)
    answer = await eva.page(f"/invitacion/{secret}", "POST", form=EVA)
    assert (answer.status, answer.location) == (303, "/soporte")
    assert await is_in(eva)
    user = await select_user(managed.desk.database, "eva")
    assert user is not None
    assert (user.rol, user.administra) == ("admin", False)
    for method in ("GET", "POST"):
        again = await visit(managed).page(f"/invitacion/{secret}", method, form=EVA | {"user": "eva2"})
        assert again.status == 404
    assert await select_user(managed.desk.database, "eva2") is None


async def test_it_works_where_registration_is_closed(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"open_registration": False})) as web:
        secret = await invite(web.desk.database, "user")
        assert (await visit(web).page(f"/invitacion/{secret}", "POST", form=EVA)).status == 303


async def test_of_many_at_once_one_registers(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "1000/minute"})) as web:
        secret = await invite(web.desk.database, "user")
        forms = [EVA | {"user": f"eva{n}"} for n in range(6)]
        answers = await asyncio.gather(
            *(visit(web).page(f"/invitacion/{secret}", "POST", form=form) for form in forms)
        )
        assert sorted(one.status for one in answers) == [303, 404, 404, 404, 404, 404]
        made = await web.desk.database.fetch_val("SELECT COUNT(*) FROM usuarios WHERE usuario LIKE 'eva%'")
        assert made == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"user": "ana"}, "ya existe"),
        ({"pass2": "otra"}, "no coinciden"),
        ({"pass": "corta", "pass2": "corta"}, "8 caracteres"),
        ({"user": "soporte", "nombre": "Soporte"}, "equipo de soporte"),
    ],
)
async def test_a_wrong_form_uses_nothing_up(managed: Web, wrong: dict[str, str], said: str) -> None:
    secret = await invite(managed.desk.database, "user", actor=MARTA)
    answer = await visit(managed).page(f"/invitacion/{secret}", "POST", form=EVA | wrong)
    assert (answer.status, said in answer.text) == (422, True)
    assert NEW not in answer.text
    assert (await visit(managed).page(f"/invitacion/{secret}", "POST", form=EVA)).status == 303


async def test_a_reset_ends_every_session_and_every_other_link(managed: Web) -> None:
    database = managed.desk.database
    laptop = await sign_in(managed)
    old = await reset_link(database, "ana", MARTA)
    secret = await reset_link(database, "ana", MARTA)
    assert (await visit(managed).page(f"/clave/{old}")).status == 404
    page = await visit(managed).page(f"/clave/{secret}")
    assert "Para la cuenta ana." in page.text
    answer = await visit(managed).page(f"/clave/{secret}", "POST", form={"pass": NEW, "pass2": NEW})
    assert (answer.status, answer.location) == (303, "/login?hecho=clave")
    assert "La contraseña se ha guardado" in (await visit(managed).page(answer.location)).text
    assert not await is_in(laptop)
    assert await is_in(await sign_in(managed, password=NEW))
    assert (await visit(managed).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})).status == 401
    assert (await visit(managed).page(f"/clave/{secret}", "POST", form={"pass": NEW})).status == 404
    done = (await select_entries(database, Filter(que="clave")))[0]
    assert (done.quien, done.a_quien, done.motivo) == ("ana", "ana", f"enlace {mark(secret)[:12]}")


async def test_who_had_no_password_loses_their_sessions_too(managed: Web) -> None:
    database = managed.desk.database
    await database.execute("UPDATE usuarios SET pass = NULL WHERE usuario = 'ana'")
    theirs = visit(managed, "ana", iat=utc_now().timestamp() - 100)
    secret = await reset_link(database, "ana", MARTA)
    assert (
        await visit(managed).page(f"/clave/{secret}", "POST", form={"pass": NEW, "pass2": NEW})
    ).status == 303
    assert not await is_in(theirs)


async def demoted(database: Database) -> None:
    await set_role(database, "marta", "admin", False)


async def closed(database: Database) -> None:
    await deactivate(database, "marta")


async def banned(database: Database) -> None:
    await ban_person(database, "marta", utc_now() + timedelta(hours=1))


async def thrown_out(database: Database) -> None:
    """Whoever was signed in as her need not have been her."""
    await end_sessions(database, "marta")


async def over(database: Database) -> None:
    await database.execute("UPDATE enlaces SET caduca = :now", {"now": utc_now()})


async def taken_back(database: Database) -> None:
    for row in await database.fetch_all("SELECT huella FROM enlaces"):
        await revoke(database, row["huella"])


@pytest.mark.parametrize("what", [demoted, closed, banned, thrown_out, over, taken_back])
async def test_a_link_is_void(managed: Web, what: object) -> None:
    database = managed.desk.database
    await set_role(database, "elena", "admin", True)  # somebody is left
    links = {
        "invitacion": await invite(database, "admin", actor=MARTA),
        "clave": await reset_link(database, "ana", MARTA),
    }
    await what(database)  # type: ignore[operator]
    for tipo, secret in links.items():
        for method in ("GET", "POST"):
            assert (await visit(managed).page(f"/{tipo}/{secret}", method, form=EVA)).status == 404
    assert await select_user(database, "eva") is None


async def test_a_closed_account_s_link_opens_nothing(managed: Web) -> None:
    secret = await reset_link(managed.desk.database, "ana", MARTA)
    await managed.desk.database.execute("UPDATE usuarios SET activo = 0 WHERE usuario = 'ana'")
    assert (await visit(managed).page(f"/clave/{secret}")).status == 404


async def test_unknown_used_and_other_links_are_answered_alike(managed: Web) -> None:
    database = managed.desk.database
    used, other = await invite(database, "user"), await reset_link(database, "ana")
    assert (await visit(managed).page(f"/invitacion/{used}", "POST", form=EVA)).status == 303
    texts = set()
    for secret in (used, other, "x" * 43, "%F0%9F%94%91", "..", used + "a", "a" * 1500):
        answer = await visit(managed).page(f"/invitacion/{secret}")
        texts.add((answer.status, answer.text, answer.headers["Referrer-Policy"]))
    assert len({(status, policy) for status, _, policy in texts if status == 404}) == 1
    assert len({text for _, text, _ in texts if "Este enlace no sirve" in text}) == 1
    with pytest.raises(LinkOver):
        await look(database, "clave", used)


async def test_guessing_is_limited_and_using_is_not(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"sign_in_limit": "3/5 minutes"})) as web:
        secret = await invite(web.desk.database, "user")
        assert [(await visit(web).page(f"/invitacion/{secret}")).status for _ in range(5)] == [200] * 5
        assert [(await visit(web).page(f"/clave/{n}")).status for n in range(4)] == [404] * 3 + [429]
        assert (await visit(web).page(f"/invitacion/{secret}")).status == 429


async def test_the_secret_is_in_no_line_no_table_and_no_other_page(
    managed: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = managed.desk.database
    invitation, reset = await invite(database, "user", actor=MARTA), await reset_link(database, "ana", MARTA)
    texts = []

    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    async def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("away")

    with capture_logs() as lines:
        for path in (f"/invitacion/{invitation}", f"/clave/{reset}"):
            for method in ("GET", "POST"):
                for broken in (breaks, away):
                    with monkeypatch.context() as patched:
                        patched.setattr("supportapp.web.handed.look", broken)
                        texts.append((await visit(managed).page(path, method, form=EVA)).text)
            texts.append((await visit(managed).page(path, "DELETE")).text)
            texts += [(await visit(managed).page(path + more)).text for more in ("/", "/x", "?a=b")]
            page = await visit(managed).page(path)
            assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == (
                "no-referrer",
                "no-store",
            )
            texts += [page.text, (await visit(managed).page(path, "POST", form={})).text]
    assert lines
    assert caplog.records
    rows = [
        str(dict(row))
        for table in ("enlaces", "auditoria")
        for row in await database.fetch_all(f"SELECT * FROM {table}")
    ]
    for secret in (invitation, reset):
        everything = [str(lines), caplog.text, *texts, *rows]
        assert [one for one in everything if secret in one] == []
        assert len(re.findall(r"[\w-]{43}", secret)) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (
            {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
            303,
        ),  # as Chromium and Firefox send it from there
        ({"Origin": "http://localhost:8000"}, 303),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_another_site_cannot_use_a_link(managed: Web, headers: dict[str, str], status: int) -> None:
    secret = await invite(managed.desk.database, "user", actor=MARTA)
    answer = await visit(managed).page(f"/invitacion/{secret}", "POST", form=EVA, headers=headers)
    assert answer.status == status
