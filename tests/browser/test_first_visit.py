"""What a page asks for: little at first, nothing twice, and what it asks for later may be missing."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Response, Route, expect

from tests.browser.chat import Chat, Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_REQUESTS = 7
QUIET = 1.5
"""Seconds in which a page would have asked again."""
HASH = re.compile(r"-[0-9A-Z]{8}(?=\.(?:js|css|svg))")


def listen(page: Page) -> list[str]:
    """The paths of all that `page` asks for from now on; a WebSocket is one, too."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.on("websocket", lambda socket: asked.append(urlsplit(socket.url).path))
    return asked


def partials(asked: list[str]) -> list[str]:
    return [path for path in asked if re.match("/soporte/(mensajes|conversaciones)", path)]


async def talk(chat: Chat) -> None:
    """Ana and Luis have written."""
    for name in ("luis", "ana"):
        person = await chat.enter(name)
        await person.send(f"hola, soy {name}")
        await expect(person.bubble(f"hola, soy {name}")).to_have_attribute("data-id", re.compile("."))


@pytest.mark.parametrize(("usuario", "path"), [("ana", "/soporte"), ("marta", "/soporte/c/luis")])
async def test_a_first_visit_asks_seldom_and_not_again_for_what_it_shows(
    chat: Chat, usuario: str, path: str
) -> None:
    await talk(chat)
    page = await chat.visit()
    await chat.sign_in(page, usuario)
    asked = listen(page)
    person = await chat.show(page, path, live=True)
    await asyncio.sleep(QUIET)
    await expect(person.line).to_have_text("En directo")
    assert partials(asked) == []
    read = [path for path in asked if path == "/soporte/leido"]  # before there is a socket to say it by
    assert len(asked) - len(read) <= MOST_REQUESTS, asked
    scripts = [path for path in asked if path.endswith((".js", ".css"))]
    assert all(HASH.search(path) for path in scripts), scripts


@pytest.mark.parametrize(("usuario", "path"), [("ana", "/soporte"), ("marta", "/soporte/c/ana")])
async def test_what_comes_between_the_page_and_its_socket_is_shown(
    chat: Chat, usuario: str, path: str
) -> None:
    await talk(chat)
    page = await chat.visit()
    await chat.sign_in(page, usuario)
    become_live = await chat.draw(page, path)
    writer = await chat.enter("elena", "/soporte/c/ana")
    await writer.send("justo ahora")
    await expect(writer.bubble("justo ahora")).to_have_attribute("data-id", "3")
    person = await become_live()
    await expect(person.bubble("justo ahora")).to_be_visible()


@pytest.mark.parametrize(
    ("usuario", "path", "once"),
    [("ana", "/soporte", ["mensajes"]), ("marta", "/soporte/c/ana", ["conversaciones", "mensajes"])],
)
async def test_an_own_message_is_fetched_once(chat: Chat, usuario: str, path: str, once: list[str]) -> None:
    await talk(chat)
    person = await chat.enter(usuario, path)
    await asyncio.sleep(QUIET)
    asked = listen(person.page)
    await person.send("una vez")
    await expect(person.bubble("una vez")).to_have_attribute("data-id", "3")
    await asyncio.sleep(QUIET)
    assert sorted(partials(asked)) == [f"/soporte/{part}" for part in once]


async def test_in_another_tab_it_is_fetched_once_too(chat: Chat) -> None:
    await talk(chat)
    ana = await chat.enter("ana")
    other = await chat.another_tab(ana)
    await asyncio.sleep(QUIET)
    asked = listen(other.page)
    await ana.send("en las dos")
    await expect(other.bubble("en las dos")).to_have_attribute("data-id", "3")
    await asyncio.sleep(QUIET)
    assert len(partials(asked)) <= 2  # the tab that sends may give it up before or after it is told


async def test_the_socket_speaks_before_htmx_is_asked_for(chat: Chat) -> None:
    """Who wrote more than a page shows needs it for older messages: on a slow line that can wait, being live cannot."""
    page = await chat.visit()
    await chat.sign_in(page, "ana")
    for number in range(51):
        form = {"para": "admin", "mensaje": f"mensaje {number}"}
        await page.request.post("/soporte/mensajes", form=form, max_redirects=0)
    lines: list[str | None] = []

    async def note(route: Route) -> None:
        lines.append(await page.locator("#conexion-texto").text_content())
        await route.continue_()

    await page.route("**/htmx*.js", note)
    ana = await chat.show(page, "/soporte", live=True)
    await ana.log.evaluate("chat => chat.scrollTo(0, -chat.scrollHeight)")
    await expect(ana.bubble("mensaje 0")).to_be_attached()
    assert lines == ["En directo"]


# Until `begin` is called, the page does not get to know what it asks the browser for first.
WAITS = """const { query } = navigator.locks;
    navigator.locks.query = () => new Promise((go) => { window.begin = go; window.waits(); }).then(() => query.call(navigator.locks));"""
HAPPENS = """for (const event of ["resize", "online", "focus", "pageshow"]) dispatchEvent(new Event(event));
    for (const event of ["visibilitychange", "copy"]) document.dispatchEvent(new Event(event));"""


@pytest.mark.parametrize(
    ("usuario", "path"), [("ana", "/soporte"), ("admin", "/soporte"), ("admin", "/soporte/c/ana")]
)
async def test_what_happens_to_a_window_while_its_page_begins(chat: Chat, usuario: str, path: str) -> None:
    page, waits = await chat.visit(), asyncio.Event()
    await page.expose_function("waits", waits.set)
    await page.add_init_script(WAITS)
    await chat.sign_in(page, usuario)
    opening = asyncio.create_task(chat.show(page, path, live=True))
    await waits.wait()
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.evaluate(HAPPENS)
    await page.evaluate("begin()")
    await opening  # and nothing complained


async def is_missing(person: Person) -> None:
    said = person.page.get_by_role("alert").filter(has_text="Una parte de la página no se ha podido cargar")
    await expect(said).to_be_visible()


async def test_a_part_that_cannot_be_loaded_is_told_and_loads_anew(chat: Chat) -> None:
    await talk(chat)
    ana = await chat.enter("ana")
    chat.expected = ("net::ERR", "Failed to fetch")
    await ana.page.route("**/check-*.js", lambda route: route.abort())
    await ana.field.fill("a medias")
    await ana.page.get_by_role("button", name="Comprobar").click()
    await is_missing(ana)
    await ana.page.unroute_all()
    await ana.page.get_by_role("button", name="Volver a cargar").click()
    await expect(ana.line).to_have_text("En directo")
    await expect(ana.field).to_have_value("a medias")
    await ana.page.get_by_role("button", name="Comprobar").click()
    await expect(ana.page.get_by_text("Completa: esta página muestra")).to_be_visible()


async def test_without_its_list_an_admin_can_still_answer(chat: Chat) -> None:
    await talk(chat)
    chat.expected = ("net::ERR", "Failed to fetch")
    page = await chat.visit()
    await chat.sign_in(page, "marta")
    await page.route("**/conversations-*.js", lambda route: route.abort())
    marta = await chat.show(page, "/soporte/c/ana", live=True)
    await is_missing(marta)
    await marta.send("aun así")
    await expect(marta.bubble("aun así")).to_have_attribute("data-id", "3")
    luis = await chat.enter("luis")
    await luis.send("otra cosa")
    await expect(luis.bubble("otra cosa")).to_have_attribute("data-id", "4")
    assert await marta.ids() == [2, 3]


@pytest.mark.parametrize(("usuario", "path"), [("ana", "/soporte"), ("marta", "/soporte/c/ana")])
async def test_a_page_of_the_version_before_works(chat: Chat, usuario: str, path: str) -> None:
    """Another server drew it: it names files by hashes that this one does not know."""
    await talk(chat)
    page = await chat.visit()
    await chat.sign_in(page, usuario)
    answers: list[Response] = []

    async def before(route: Route) -> None:
        await route.continue_(url=HASH.sub("-BEFORE00", route.request.url))

    def note(response: Response) -> None:
        if HASH.search(response.url):
            answers.append(response)

    await page.route(HASH, before)
    page.on("response", note)
    person = await chat.show(page, path, live=True)
    await person.page.get_by_role("button", name="Comprobar").click()
    await expect(person.page.get_by_text("Completa: esta página muestra")).to_be_visible()
    assert len(answers) >= 3
    assert {await answer.header_value("cache-control") for answer in answers} == {"no-cache"}
