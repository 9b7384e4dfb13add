"""`/administracion`: who may use it, what each thing there does, and what it refuses."""

import asyncio
import html
import json
import re
from urllib.parse import quote

import pytest
from werkzeug.routing import Rule

from supportapp.config import Settings
from supportapp.desk.access import changing
from supportapp.desk.audit import Actor
from supportapp.desk.links import reset_link
from supportapp.desk.roles import set_role
from supportapp.store import audit as store_audit
from supportapp.store.audit import Entry, Filter, select_entries
from supportapp.store.database import Database
from supportapp.store.roles import update_role
from supportapp.store.users import User, insert_user, select_user
from supportapp.web.current import Web
from supportapp.web.words import DEEDS
from tests.conftest import JOINED, PASSWORD_HASH
from tests.web.conftest import serving
from tests.web.test_guards import FOREIGN
from tests.web.test_handed import EVA
from tests.web.visitors import Answer, Visitor, visit

WHY = {"motivo": "porque sí"}
SURE = WHY | {"confirmar": "1"}
ACTIONS = {
    "rol": SURE | {"rol": "admin"},
    "cierre": SURE,
    "apertura": WHY,
    "sesiones": SURE,
    "enlace_clave": WHY,
    "prohibicion": SURE | {"plazo": "24h"},
    "fin_prohibicion": WHY,
}
OTHERS = {
    "/administracion/enlaces": WHY | {"rol": "admin", "plazo": "7d"},
    "/administracion/prohibiciones": SURE | {"red": "192.0.2.0/24", "plazo": "24h"},
    "/administracion/prohibiciones/fin": WHY | {"red": "192.0.2.0/24"},
    "/administracion/enlaces/abc/fin": WHY,
}
POSTS = {f"/administracion/p/ana/{action}": form for action, form in ACTIONS.items()} | OTHERS
PAGES = (
    "/administracion", "/administracion/p/ana", "/administracion/enlaces", "/administracion/prohibiciones",
    "/administracion/auditoria", "/administracion/auditoria/csv", "/administracion/auditoria/json",
)  # fmt: skip


@pytest.fixture
async def managed(web: Web) -> Web:
    """Marta may see to the people; Elena is an admin without that right."""
    await set_role(web.desk.database, "marta", "admin", True)
    return web


async def act(visitor: Visitor, action: str, usuario: str = "ana", **form: str) -> Answer:
    path = f"/administracion/p/{usuario}/{action}"
    return await visitor.page(path, "POST", form=ACTIONS[action] | form)


async def account(web: Web, usuario: str) -> User:
    found = await select_user(web.desk.database, usuario)
    assert found is not None
    return found


async def state(database: Database) -> list[object]:
    tables = (
        "(SELECT usuario, rol, administra, activo, pass, sesiones_desde FROM usuarios) AS u",
        "prohibiciones",
        "enlaces",
        "cambios",
        "auditoria",
    )
    return [[dict(row) for row in await database.fetch_all(f"SELECT * FROM {table}")] for table in tables]


async def last(database: Database) -> Entry:
    return (await select_entries(database, Filter(), limit=1))[0]


def paths_of(web: Web) -> set[str]:
    def spelled(rule: Rule) -> str:
        path = re.sub(r"<nombre:usuario>", "ana", rule.rule)
        return re.sub(r"<any\(([^)]*)\):\w+>", r"{\1}", path).replace("<huella>", "abc")

    found = set()
    for rule in web.url_map.iter_rules():
        if rule.rule.startswith("/administracion"):
            head, _, rest = spelled(rule).partition("{")
            found |= {head + one.strip() for one in rest.rstrip("}").split(",")} if rest else {head}
    return found


async def test_nobody_else_can_do_anything_there(managed: Web) -> None:
    assert paths_of(managed) == {*POSTS, *PAGES}
    await managed.desk.refusals.write()
    before = await state(managed.desk.database)
    for who, statuses in ((None, {303, 401, 403}), ("ana", {404}), ("elena", {404})):
        visitor = visit(managed, who)
        for path in PAGES:
            for ask in (visitor.ask, visitor.page, visitor.fragment):
                answer = await ask(path)
                assert answer.status in statuses, (who, path)
                assert "marta" not in answer.text
        for path, form in POSTS.items():
            assert (await visitor.page(path, "POST", form=form)).status in statuses, (who, path)
    assert await state(managed.desk.database) == before
    await managed.desk.refusals.write()
    refused = {
        (one.quien, one.detalles)
        for one in await select_entries(managed.desk.database, Filter(que="rechazo"))
    }
    assert refused == {("ana", '{"por": "no_admin"}'), ("elena", '{"por": "no_administra"}')}


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_another_site_can_do_nothing_there(managed: Web, headers: dict[str, str]) -> None:
    before = await state(managed.desk.database)
    for path, form in POSTS.items():
        assert (await visit(managed, "marta").page(path, "POST", form=form, headers=headers)).status == 403
    assert await state(managed.desk.database) == before


@pytest.mark.parametrize("path", [path for path in POSTS if path != "/administracion/enlaces/abc/fin"])
@pytest.mark.parametrize("rol", ["admin", "user"])
async def test_whose_right_ends_while_they_wait_changes_nothing(
    managed: Web, monkeypatch: pytest.MonkeyPatch, path: str, rol: str
) -> None:
    database, guarded = managed.desk.database, asyncio.Event()
    monkeypatch.setattr(managed.desk.sessions, "seen", lambda *_: guarded.set())
    async with changing(database, "marta", "rol") as connection:
        waiting = asyncio.create_task(visit(managed, "marta").page(path, "POST", form=POSTS[path]))
        await guarded.wait()
        await asyncio.sleep(0.2)
        assert not waiting.done(), "premise: it waits"
        await update_role(connection, "marta", rol, False)
    answer = await waiting
    assert answer.status in {303, 404}
    assert not answer.location.startswith("/administracion") if answer.status == 303 else True
    assert len((await state(database))[4]) == 2  # the fixture's and this
    assert (await state(database))[1:3] == [[], []]
    assert (await account(managed, "ana")).activo


async def test_each_action_does_what_it_says_and_is_written_down(managed: Web) -> None:
    marta, database = visit(managed, "marta"), managed.desk.database
    for action in ("cierre", "apertura", "sesiones", "prohibicion", "fin_prohibicion", "rol"):
        answer = await act(marta, action)
        assert (answer.status, answer.location) == (303, f"/administracion/p/ana?hecho={action}")
        one = await last(database)
        assert (one.que, one.quien, one.a_quien, one.motivo) == (action, "marta", "ana", "porque sí")
        assert one.direccion is not None
        page = await marta.page(answer.location)
        assert (page.status, 'role="status"' in page.text) == (200, True)
    ana = await account(managed, "ana")
    assert (ana.rol, ana.administra, bool(ana.activo)) == ("admin", False, True)
    assert ana.sesiones_desde is not None


async def test_a_link_is_shown_once_and_works(managed: Web) -> None:
    marta = visit(managed, "marta")
    page = (await act(marta, "enlace_clave")).text
    (link,) = re.findall(r'value="http://[^/"]+(/clave/[\w-]{43})"', page)
    assert (await visit(managed).page(link)).status == 200
    assert link[-43:] not in (await marta.page("/administracion/p/ana")).text
    made = await marta.page("/administracion/enlaces", "POST", form=OTHERS["/administracion/enlaces"])
    (link,) = re.findall(r'value="http://[^/"]+(/invitacion/[\w-]{43})"', made.text)
    listed = (await marta.page("/administracion/enlaces")).text
    assert link[-43:] not in listed
    for end in re.findall(r'action="(/administracion/enlaces/[0-9a-f]{64}/fin)"', listed):
        assert (await marta.page(end, "POST", form=WHY)).status == 303
        assert (await marta.page(end, "POST", form=WHY)).status == 404
    assert (await visit(managed).page(link, "POST", form=EVA)).status == 404


@pytest.mark.parametrize("path", POSTS)
async def test_nothing_is_done_without_a_reason_or_unconfirmed(managed: Web, path: str) -> None:
    marta, form = visit(managed, "marta"), POSTS[path]
    await reset_link(managed.desk.database, "luis", Actor("marta"))
    before = await state(managed.desk.database)
    for missing in form.keys() & {"motivo", "confirmar", "plazo", "rol", "red"}:
        for value in ({}, {missing: ""}, {missing: " \u200b\n"} if missing != "confirmar" else {}):
            sent = {name: text for name, text in form.items() if name != missing} | value
            answer = await marta.page(path, "POST", form=sent)
            assert (answer.status, 'role="alert"' in answer.text) == (422, True), (missing, value)
    assert await state(managed.desk.database) == before


async def test_the_last_who_may_stays_and_the_refusal_is_written_down(managed: Web) -> None:
    marta, database = visit(managed, "marta"), managed.desk.database
    for action, more in (
        ("rol", {"rol": "admin"}),
        ("rol", {"rol": "user"}),
        ("cierre", {}),
        ("prohibicion", {"forzar": "1"}),
    ):
        answer = await act(marta, action, "marta", **more)
        assert answer.status == 409, action
        assert "dé antes ese permiso a otra" in answer.text
    assert (await act(marta, "cierre", "admin")).status == 409
    await managed.desk.refusals.write()
    found = [(one.a_quien, one.veces) for one in await select_entries(database, Filter(que="rechazo"))]
    assert sorted(found, key=str) == [("admin", 1), ("marta", 4)]
    assert (await account(managed, "marta")).administra


async def test_one_s_own_account_and_address_only_when_confirmed_again(
    settings: Settings, people: object
) -> None:
    async with serving(settings.model_copy(update={"trusted_proxies": 1})) as web:
        for name in ("marta", "elena"):
            await set_role(web.desk.database, name, "admin", True)
        marta = visit(web, "marta")
        own = await act(marta, "prohibicion", "marta")
        assert (own.status, 'name="forzar"' in own.text) == (422, True)
        here = {"X-Forwarded-For": "198.51.100.7"}
        for red in ("198.51.100.0/24", "0.0.0.0/0", "127.0.0.1"):
            form = SURE | {"red": red, "plazo": "1h"}
            answer = await marta.page("/administracion/prohibiciones", "POST", form=form, headers=here)
            assert (answer.status, 'name="forzar"' in answer.text) == (422, True), red
        assert await web.desk.database.fetch_val("SELECT COUNT(*) AS n FROM prohibiciones") == 0
        form = SURE | {"red": "198.51.100.0/24", "plazo": "1h", "forzar": "1"}
        answer = await marta.page("/administracion/prohibiciones", "POST", form=form, headers=here)
        assert answer.status == 303
        await asyncio.sleep(0.6)
        assert (await marta.page("/administracion", headers=here)).status == 403
        assert (await act(marta, "prohibicion", "marta", forzar="1")).status == 303
        await asyncio.sleep(0.6)
        assert (await marta.page("/administracion")).status == 303


async def test_the_list_is_searched_and_paged(managed: Web) -> None:
    database = managed.desk.database
    for number in range(60):
        await insert_user(
            database, f"z{number:02}", "Ñandú Pérez" if number == 7 else "Zoe", "user", PASSWORD_HASH, JOINED
        )
    await insert_user(database, "robot.mesa", "Robot", "admin", None, JOINED)
    marta, seen, path = visit(managed, "marta"), list[str](), "/administracion"
    while path:
        page = await marta.page(path)
        assert len(page.text) < 64 * 1024
        seen += re.findall(r'href="/administracion/p/([^"]+)"', page.text)
        more = re.search(r'href="(/administracion\?desde=[^"]+)"', page.text)
        path = html.unescape(more[1]) if more else ""
    assert seen == sorted(
        ["admin", "ana", "elena", "extrano", "luis", "marta", *(f"z{n:02}" for n in range(60))]
    )
    found = (await marta.page(f"/administracion?buscar={quote('NANDU')}")).text
    assert re.findall(r'href="/administracion/p/([^"]+)"', found) == ["z07"]
    admins = (await marta.page("/administracion?rol=admin")).text
    assert re.findall(r'href="/administracion/p/([^"]+)"', admins) == ["admin", "elena", "marta"]
    assert "Nadie coincide" in (await marta.page("/administracion?buscar=%25%27--")).text
    assert (await marta.page("/administracion/p/robot.mesa")).status == 404


async def test_names_of_all_kinds_lead_to_their_page(managed: Web) -> None:
    for name in ("a/b", "..", "a%b", "<script>", 'c"d'):
        await insert_user(managed.desk.database, name, "<b>Raro</b>", "user", PASSWORD_HASH, JOINED)
    marta = visit(managed, "marta")
    page = (await marta.page("/administracion")).text
    assert "<b>Raro" not in page
    links = re.findall(r'href="(/administracion/p/[^"]+)"', page)
    for link in links:
        assert (await marta.page(html.unescape(link))).status == 200, link


def test_everything_that_is_written_down_has_a_name() -> None:
    assert {*DEEDS} == {*store_audit.DEEDS}


async def test_the_audit_is_filtered_paged_and_taken_along(managed: Web) -> None:
    marta = visit(managed, "marta")
    for _ in range(60):
        await act(marta, "apertura")
    await act(marta, "apertura", "luis", motivo='=HYPERLINK("x")')
    page = (await marta.page("/administracion/auditoria")).text
    assert len(page) < 64 * 1024
    assert page.count("<strong>Cuenta abierta</strong>") == 50
    (more,) = re.findall(r'href="(/administracion/auditoria\?antes=[^"]+)"', page)
    assert (await marta.page(html.unescape(more))).text.count("<strong>") == 12
    one = (await marta.page("/administracion/auditoria?persona=luis&que=apertura")).text
    assert one.count("<strong>Cuenta abierta</strong>") == 1
    lines = (await marta.ask("/administracion/auditoria/json?persona=luis")).text.splitlines()
    assert [json.loads(line)["motivo"] for line in lines] == ['=HYPERLINK("x")']
    answer = await marta.ask("/administracion/auditoria/csv?que=apertura")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="auditoria.csv"'
    assert len(answer.text.splitlines()) == 62
    assert "'=HYPERLINK" in answer.text
    for odd in ("?que=nada&desde=ayer", "?persona=%00", "?desde=2999-01-01T00:00:00%2B01:00"):
        assert (await marta.page(f"/administracion/auditoria{odd}")).status == 200
    assert (await marta.page("/administracion/auditoria?antes=x")).status == 400
