"""The stranger and the wrong role, at every route; requests that another site makes a browser send."""

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from supportapp.config import Settings
from supportapp.desk.desk import Desk
from supportapp.web.app import create_web
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import PASSWORD, visit, write

OPEN_TO_ALL = {
    "session.login", "session.auth", "session.registration", "session.register", "session.leaving",
    "session.logout", "session.set_lang", "pages.home", "health.healthz", "health.readyz", "openapi",
    "arrival.way", "handed.invitation", "handed.accept", "handed.password", "handed.reset",
    "second_step.second_step", "second_step.check_code",
}  # fmt: skip


def guarded(web: Web, guard: str) -> Iterator[tuple[str, str]]:
    """(method, path) of every route with this guard."""
    for rule in web.url_map.iter_rules():
        if getattr(web.view_functions[rule.endpoint], "guard", None) == guard:
            for method in sorted((rule.methods or set()) & {"GET", "POST", "HEAD"}):
                yield method, path_of(rule)


def path_of(rule: Rule) -> str:
    return rule.rule.replace("<usuario>", "ana")


async def test_every_route_is_guarded_or_known_to_be_open(web: Web) -> None:
    unguarded = {
        rule.endpoint
        for rule in web.url_map.iter_rules()
        if not hasattr(web.view_functions[rule.endpoint], "guard")
    }
    assert unguarded == OPEN_TO_ALL


async def test_every_guarded_route_refuses_the_stranger(web: Web) -> None:
    await write(web.desk, "ana", "admin", "un secreto")
    routes = [*guarded(web, "signed_in"), *guarded(web, "own_account"), *guarded(web, "admins_only")]
    assert len(routes) > 15
    for token in (None, "forged", "null"):
        stranger = visit(web)
        if token:
            stranger.set_cookie("token", token)
        for method, path in routes:
            for ask in (stranger.ask, stranger.page, stranger.fragment):
                answer = await ask(path, method)
                assert answer.status in {303, 401, 403}, (method, path)
                assert "secreto" not in answer.text
                if answer.status == 303:
                    assert answer.location.startswith("/login?next=/")


async def test_every_admins_route_refuses_a_user(web: Web) -> None:
    await write(web.desk, "luis", "admin", "un secreto")
    ana = visit(web, "ana")
    routes = list(guarded(web, "admins_only"))
    assert len(routes) > 7
    for method, path in routes:
        for ask in (ana.ask, ana.page, ana.fragment):
            answer = await ask(path.replace("/ana", "/luis"), method)
            assert answer.status == (403 if path.startswith("/api/") else 404), (method, path)
            assert "secreto" not in answer.text


async def test_a_users_routes_show_nobody_elses(web: Web) -> None:
    (secret,) = await write(web.desk, "luis", "admin", "un secreto")
    ana = visit(web, "ana")
    assert (await ana.fragment("/soporte/mensajes?con=luis")).status == 404
    assert (await ana.fragment("/soporte/mensajes?con=nadie")).status == 404
    assert (
        await ana.page("/soporte/leido", "POST", form={"con": "luis", "hasta": str(secret)})
    ).status == 404
    assert "secreto" not in (await ana.ask("/api/mensajes/mios?con=luis")).text


async def test_an_inactive_account_is_a_stranger(web: Web) -> None:
    await web.desk.database.execute(
        "UPDATE usuarios SET activo = 0 WHERE usuario = :usuario", {"usuario": "ana"}
    )
    assert (await visit(web, "ana").ask("/soporte")).status == 403
    assert (await visit(web).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})).status == 401


async def test_a_new_password_ends_the_sessions(web: Web) -> None:
    ana = visit(web, "ana")
    assert (await ana.ask("/soporte")).status == 200
    await web.desk.accounts.set_password("ana", "otra-contraseña")
    assert (await visit(web, "ana", iat=1).ask("/soporte")).status == 403


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://other.chat.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8000.evil.example"},
    {
        "Sec-Fetch-Site": "same-origin",
        "Origin": "http://rebound.example:8000",
        "Host": "rebound.example:8000",
    },
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Sec-Fetch-Site": "none", "Origin": "https://evil.example"},
]
OWN = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8000"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost:8000"},
    {"Origin": "http://127.0.0.1:8000"},
    {"Origin": "http://[::1]:8000"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_another_site_cannot_write(web: Web, headers: dict[str, str]) -> None:
    ana = visit(web, "ana")
    for path, form in (
        ("/soporte/mensajes", {"para": "admin", "mensaje": "hola"}),
        ("/soporte/leido", {"con": "ana", "hasta": "1"}),
        ("/auth", {"user": "ana", "pass": PASSWORD}),
        ("/registro", {"user": "eva", "nombre": "Eva", "pass": PASSWORD, "pass2": PASSWORD}),
        ("/logout", {}),
    ):
        assert (await ana.page(path, "POST", form=form, headers=headers)).status == 403
    assert (await ana.ask("/api/mensajes/mios")).json == []
    assert ana.cookie("token")


@pytest.mark.parametrize("headers", OWN, ids=str)
async def test_ones_own_pages_can(web: Web, headers: dict[str, str]) -> None:
    answer = await visit(web, "ana").page(
        "/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "hola"}, headers=headers
    )
    assert answer.status == 303


async def test_another_site_may_link_here(web: Web) -> None:
    answer = await visit(web, "ana").page("/soporte", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200


async def test_behind_a_public_address_only_that_is_ones_own(settings: Settings, people: object) -> None:
    public = settings.model_copy(update={"public_url": "https://chat.example"})
    async with serving(public) as web:
        ana = visit(web, "ana")
        form = {"para": "admin", "mensaje": "hola"}
        ok = await ana.page(
            "/soporte/mensajes", "POST", form=form, headers={"Origin": "https://chat.example"}
        )
        assert ok.status == 303
        refused = await ana.page(
            "/soporte/mensajes", "POST", form=form, headers={"Origin": "http://localhost:8000"}
        )
        assert refused.status == 403


async def test_a_proxy_that_is_trusted_tells_addresses_apart(settings: Settings, people: object) -> None:
    for proxies, expected in ((0, 429), (1, 401)):
        few = settings.model_copy(update={"sign_in_limit": "1/5 minutes", "trusted_proxies": proxies})
        async with serving(few) as web:
            form = {"user": "ana", "pass": "no"}
            await visit(web).page("/auth", "POST", form=form, headers={"X-Forwarded-For": "6.6.6.6, 1.1.1.1"})
            form["user"] = "luis"
            answer = await visit(web).page(
                "/auth", "POST", form=form, headers={"X-Forwarded-For": "6.6.6.6, 2.2.2.2"}
            )
            assert answer.status == expected


def test_building_needs_no_database(settings: Settings) -> None:
    assert create_web(Desk(settings)).url_map


async def test_signing_in_again_leads_to_a_page_and_never_to_a_fragment(web: Web) -> None:
    stranger = visit(web)
    for path in ("/soporte/c/ana/panel", "/soporte/mensajes?con=ana", "/soporte/conversaciones"):
        assert (await stranger.page(path)).location == "/login?next=/soporte"
    assert (await stranger.page("/soporte/c/ana")).location == "/login?next=/soporte/c/ana"
