"""What hands do: typing with an input method, two tabs, the keyboard in the list, copying, signing out."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.chat import Chat, Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
KEY = """(field, init) => field.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init }))"""


@pytest.mark.parametrize("confirms", [{"isComposing": True}, {"isComposing": False, "keyCode": 229}])
async def test_enter_that_confirms_an_input_method_does_not_send(
    chat: Chat, confirms: dict[str, Any]
) -> None:
    ana = await chat.enter("ana")
    await ana.field.fill("nihongo")
    await ana.field.evaluate(KEY, confirms)
    await ana.field.evaluate(KEY, {"isComposing": False, "keyCode": 13, "shiftKey": True})
    await expect(ana.field).to_have_value("nihongo")
    await expect(ana.messages).to_have_count(0)
    await ana.field.press("Enter")
    await expect(ana.texts).to_have_text("nihongo")


async def test_where_fingers_type_enter_breaks_the_line_and_the_field_grows(chat: Chat) -> None:
    ana = await chat.enter("ana", **PHONE)
    height = (await ana.field.bounding_box() or {})["height"]
    await ana.field.fill("una")
    await ana.field.press("Enter")
    await ana.field.press_sequentially("dos")
    await expect(ana.field).to_have_value("una\ndos")
    assert (await ana.field.bounding_box() or {})["height"] > height
    await ana.page.get_by_role("button", name="Enviar").tap()
    await expect(ana.texts).to_have_text("una\ndos")


async def test_two_tabs_keep_their_own_drafts_and_a_new_one_finds_what_was_left(chat: Chat) -> None:
    one = await chat.enter("ana")
    two = await chat.another_tab(one)
    await one.field.fill("un borrador largo")
    await two.field.fill("ok")
    await two.field.press("Enter")
    await expect(two.field).to_have_value("")
    await two.field.fill("otro")
    await one.page.reload()
    await expect(one.field).to_have_value("un borrador largo")
    await two.page.reload()
    await expect(two.field).to_have_value("otro")
    await one.page.close()
    three = await chat.another_tab(two)
    await expect(three.field).to_have_value("un borrador largo")
    await expect(two.field).to_have_value("otro")


async def kept(page: Page) -> list[str]:
    return await page.evaluate("Object.entries(localStorage).map((entry) => entry.join('='))")


async def test_signing_out_leaves_nothing_here_and_the_other_tab_is_dead(chat: Chat) -> None:
    one = await chat.enter("ana")
    two = await chat.another_tab(one)
    await two.send("algo privado")
    await expect(one.bubble("algo privado")).to_be_visible()
    await one.field.fill("borrador secreto")
    await two.field.fill("otro secreto")
    chat.expected = ("401",)
    await one.page.get_by_role("button", name="Salir", exact=True).click()
    await expect(one.page.get_by_label("Contraseña")).to_be_visible()
    await expect(two.line).to_have_text("Ha cerrado la sesión")
    await expect(two.page.get_by_role("link", name="Iniciar sesión")).to_be_visible()
    await expect(two.messages).to_have_count(0)
    await expect(two.field).to_have_value("")
    assert "privado" not in await two.page.content()
    assert not [entry for entry in await kept(one.page) if "secreto" in entry or "ana" in entry]
    await one.page.go_back()
    await expect(one.page.locator("#mensajes")).to_have_count(0)


async def test_the_page_that_asks_before_signing_out_forgets_as_well(chat: Chat) -> None:
    ana = await chat.enter("ana")
    await ana.field.fill("borrador secreto")
    await ana.page.goto("/logout")
    await ana.page.get_by_role("button", name="Cerrar la sesión").click()
    await expect(ana.page.get_by_label("Contraseña")).to_be_visible()
    assert not [entry for entry in await kept(ana.page) if "secreto" in entry or "ana" in entry]


async def refuse(route: Route) -> None:
    await route.fulfill(status=503, body="no")


async def box(person: Person, selector: str) -> dict[str, float]:
    found = await person.page.locator(selector).bounding_box()
    assert found is not None
    return dict(found)  # type: ignore[arg-type]


@pytest.mark.parametrize("failure", [503, 500, 429, None])
async def test_what_could_not_be_loaded_is_said_in_the_panel_and_tried_again(
    chat: Chat, failure: int | None
) -> None:
    ana, luis = await chat.enter("ana"), await chat.enter("luis")
    await ana.send("hola")
    await luis.send("soy Luis")
    marta = await chat.enter("marta", "/soporte/c/ana")
    await expect(marta.row("luis")).to_be_visible()
    chat.expected = ("503", "500", "429", "net::ERR", "Failed to fetch", "htmx")
    await marta.page.route(
        "**/panel", lambda route: route.fulfill(status=failure, body="no") if failure else route.abort()
    )
    await marta.row("luis").locator("a").click()
    again = marta.page.get_by_role("button", name="Reintentar")
    await expect(again).to_be_visible()
    panel, form, line = [await box(marta, part) for part in ("#panel", "#formulario", "#fallo")]
    assert panel["x"] <= line["x"]
    assert line["y"] + line["height"] <= form["y"]
    await expect(marta.row("luis")).not_to_have_attribute("aria-busy", "true")
    await marta.page.unroute_all()
    await again.click()
    await expect(marta.texts).to_have_text("soy Luis")
    await expect(again).to_be_hidden()


async def test_a_click_on_a_row_is_seen_before_the_answer_and_a_failure_on_the_phones_list(
    chat: Chat,
) -> None:
    ana = await chat.enter("ana")
    await ana.send("hola")
    marta = await chat.enter("marta", **PHONE)
    waiting: list[Route] = []
    await marta.page.route("**/panel", lambda route: waiting.append(route))
    await marta.row("ana").locator("a").tap()
    await expect(marta.row("ana")).to_have_attribute("aria-busy", "true")
    await expect(marta.page.locator("#conversacion")).to_have_attribute("aria-busy", "true")
    chat.expected = ("503",)
    await refuse(waiting[0])
    await expect(marta.page.get_by_role("button", name="Reintentar")).to_be_in_viewport()
    await marta.page.unroute_all()
    await marta.page.get_by_role("button", name="Reintentar").tap()
    await expect(marta.texts).to_have_text("hola")


async def test_the_arrows_go_through_the_list_that_is_one_stop_for_tab(chat: Chat) -> None:
    await chat.crowd([f"vecino{number}" for number in range(4)])
    marta = await chat.enter("marta")
    keyboard = marta.page.keyboard
    await marta.page.get_by_label("Filtrar por nombre").focus()
    await keyboard.press("Tab")
    for key, row in (("ArrowDown", 2), ("End", 0), ("ArrowUp", 1), ("Home", 3)):
        await keyboard.press(key)
        await expect(marta.row(f"vecino{row}").locator("a")).to_be_focused()
    await keyboard.press("Shift+Tab")
    await expect(marta.page.get_by_label("Filtrar por nombre")).to_be_focused()
    await keyboard.type("vecino1")
    await expect(marta.page.locator("#anuncios")).to_have_text("1 persona")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(marta.page.get_by_label("Mensaje para Vecino1")).to_be_focused()
    await marta.page.reload()
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    await expect(marta.page.get_by_role("link", name="Saltar al mensaje")).to_be_in_viewport()
    await keyboard.press("Enter")
    await expect(marta.field).to_be_focused()


async def test_what_was_not_read_is_marked_until_one_leaves(chat: Chat) -> None:
    ana, luis = await chat.enter("ana"), await chat.enter("luis")
    await ana.send("primera")
    await luis.send("otro asunto")
    marta = await chat.enter("marta", "/soporte/c/ana")
    await marta.page.bring_to_front()
    await expect(ana.state("primera")).to_have_attribute("data-estado", "leido")
    await marta.open("luis")
    for text in ("segunda", "tercera"):
        await ana.send(text)
    await expect(marta.row("ana").locator(".unread-number")).to_have_text("2")
    await marta.open("ana")
    since = marta.page.locator("#mensajes .since")
    await expect(since).to_have_text("2 mensajes sin leer")
    await expect(since.locator("xpath=following-sibling::li[1]")).to_contain_text("segunda")
    await expect(ana.state("tercera")).to_have_attribute("data-estado", "leido")
    await expect(ana.page.locator(".message-last .state-word")).to_have_text("Leído")
    await expect(ana.page.locator(".message-last")).to_have_count(1)
    await marta.send("respuesta")
    await expect(marta.bubble("respuesta")).to_have_attribute("data-id", re.compile("."))
    await expect(since).to_be_visible()
    await marta.open("luis")
    await marta.open("ana")
    await expect(since).to_have_count(0)


async def test_far_up_there_is_a_way_back_and_older_messages_take_the_focus(chat: Chat) -> None:
    ana = await chat.enter("ana")
    for number in range(1, 71):
        form = {"para": "admin", "mensaje": f"número {number}"}
        await ana.page.request.post("/soporte/mensajes", form=form, max_redirects=0)
    waiting: list[Route] = []
    await ana.page.route("**/soporte/mensajes?*antes*", lambda route: waiting.append(route))
    await ana.page.reload()
    back = ana.page.get_by_role("button", name="Ir a lo último")
    await expect(back).to_be_hidden()
    await ana.log.evaluate("(chat) => { chat.scrollTop = -chat.scrollHeight; }")
    await expect(back).to_be_visible()
    await ana.page.get_by_role("link", name="Mensajes anteriores").focus()
    await expect(ana.page.locator(".older")).to_have_attribute("aria-busy", "true")
    await waiting[0].continue_()
    await expect(ana.page.locator("#mensaje-1")).to_be_focused()
    await back.click()
    await expect(ana.page.locator("#mensaje-70")).to_be_in_viewport()
    await expect(back).to_be_hidden()


async def test_messages_that_are_copied_are_lines_that_can_be_read(chat: Chat) -> None:
    ana, marta = await chat.enter("ana"), await chat.enter("marta", "/soporte/c/ana")
    for person, text in ((ana, "hola"), (ana, "¿hay\nalguien?"), (marta, "buenas")):
        await person.send(text)
        await expect(ana.bubble(text).and_(ana.page.locator("[data-id]"))).to_be_visible()
    await ana.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ana.page.bring_to_front()
    await ana.page.evaluate("getSelection().selectAllChildren(document.getElementById('mensajes'))")
    await ana.log.focus()
    await ana.page.evaluate("getSelection().selectAllChildren(document.getElementById('mensajes'))")
    await ana.page.keyboard.press("Control+c")
    copied = await ana.page.evaluate("navigator.clipboard.readText()")
    when = r"\[\d\d/\d\d/\d{4} \d\d:\d\d\] "
    assert re.fullmatch(
        f"{when}Tú: hola\n{when}Tú: ¿hay\nalguien\\?\n{when}Marta \\(Equipo de soporte\\): buenas", copied
    ), copied
