"""Sending and reading without a socket: plain forms, fragments, programs."""

import re

import pytest

from supportapp.config import Settings
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import visit, write

ID = "01a1fdf090aa7492f78e46c1b7b4adc4"


async def texts(web: Web, usuario: str) -> list[str]:
    return [row["mensaje"] for row in (await visit(web, usuario).ask("/api/mensajes/mios")).json]


async def test_a_plain_form_goes_back_to_the_page(web: Web) -> None:
    ana, marta = visit(web, "ana"), visit(web, "marta")
    answer = await ana.page("/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "hola"})
    assert (answer.status, answer.location) == (303, "/soporte")
    answer = await marta.page("/soporte/mensajes", "POST", form={"para": "ana", "mensaje": "buenas"})
    assert (answer.status, answer.location) == (303, "/soporte/c/ana")
    page = (await ana.page("/soporte")).text
    assert page.index("hola") < page.index("buenas")


async def test_a_fragment_shows_the_stored_message(web: Web) -> None:
    await write(web.desk, "ana", "admin", "antes")
    answer = await visit(web, "ana").fragment(
        "/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "hola", "id_cliente": ID}
    )
    assert answer.status == 200
    assert re.findall(r'<li id="mensaje-(\d+)"', answer.text) == ["2"]
    assert "hola" in answer.text
    assert "antes" not in answer.text


async def test_sending_twice_stores_once(web: Web) -> None:
    ana = visit(web, "ana")
    for _ in range(2):
        answer = await ana.page(
            "/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "hola", "id_cliente": ID}
        )
        assert answer.status == 303
    assert await texts(web, "ana") == ["hola"]
    answer = await ana.page(
        "/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "otra", "id_cliente": ID}
    )
    assert answer.status == 422
    assert "otra</textarea>" in answer.text
    assert f'value="{ID}"' not in answer.text


REFUSED = [
    ({"para": "nadie", "mensaje": "hola"}, 404),
    ({"para": "LUIS", "mensaje": "hola"}, 404),
    ({"para": "ana", "mensaje": "hola"}, 404),
    ({"mensaje": "hola"}, 422),
    ({"para": "admin"}, 422),
    ({}, 422),
    ({"para": "admin", "mensaje": "a" * 4001}, 422),
    ({"para": "admin", "mensaje": "ho\x07la"}, 422),
    ({"para": "admin", "mensaje": "hola", "id_cliente": "corto"}, 422),
]


@pytest.mark.parametrize(("form", "status"), REFUSED)
async def test_a_refused_message_keeps_its_text_and_leaves_nothing(
    web: Web, form: dict[str, str], status: int
) -> None:
    ana = visit(web, "ana")
    page = await ana.page("/soporte/mensajes", "POST", form=form)
    assert page.status == status
    assert "<html" in page.text
    assert f"{form.get('mensaje', '')}</textarea>" in page.text
    fragment = await ana.fragment("/soporte/mensajes", "POST", form=form)
    assert fragment.status == status
    assert "<html" not in fragment.text
    assert f"{form.get('mensaje', '')}</textarea>" in fragment.text
    program = await ana.ask("/soporte/mensajes", "POST", form=form)
    assert program.status == status
    assert program.headers["Content-Type"].startswith("text/plain")
    assert await texts(web, "ana") == []


async def test_a_lone_surrogate_cannot_be_stored(web: Web) -> None:
    body = b"para=admin&mensaje=%ED%A0%80"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await visit(web, "ana").page("/soporte/mensajes", "POST", data=body, headers=headers)
    assert answer.status in {303, 422}
    assert all(text.encode() for text in await texts(web, "ana"))


async def test_the_lines_of_a_form_are_lines(web: Web) -> None:
    await visit(web, "ana").page(
        "/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "uno\r\ndos\ttres"}
    )
    assert await texts(web, "ana") == ["uno\ndos\ttres"]


async def test_an_admin_whose_recipient_is_unknown_keeps_the_text(web: Web) -> None:
    marta = visit(web, "marta")
    page = await marta.page("/soporte/mensajes", "POST", form={"para": "nadie", "mensaje": "mi texto"})
    assert page.status == 404
    assert "mi texto" in page.text
    fragment = await marta.fragment(
        "/soporte/mensajes", "POST", form={"para": "nadie", "mensaje": "mi texto"}
    )
    assert fragment.status == 404


async def test_users_may_be_kept_to_the_desk(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"users_may_write_to": "admins"})) as web:
        answer = await visit(web, "ana").page(
            "/soporte/mensajes", "POST", form={"para": "luis", "mensaje": "hola"}
        )
        assert answer.status == 404
        assert (
            await visit(web, "marta").page(
                "/soporte/mensajes", "POST", form={"para": "luis", "mensaje": "hola"}
            )
        ).status == 303


async def test_too_many_messages_are_told_when_to_go_on(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"message_limit": "1/minute"})) as web:
        ana = visit(web, "ana")
        await ana.page("/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "uno"})
        answer = await ana.page(
            "/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "dos", "id_cliente": ID}
        )
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert "dos</textarea>" in answer.text
        assert f'value="{ID}"' in answer.text


async def test_older_and_newer_rows(web: Web) -> None:
    ids = await write(web.desk, "ana", "admin", *(f"mensaje número {n}" for n in range(60)))
    ana, marta = visit(web, "ana"), visit(web, "marta")
    page = (await ana.page("/soporte")).text
    assert shown(page) == ids[10:]
    assert f"antes={ids[10]}" in page
    older = (await ana.fragment(f"/soporte/mensajes?antes={ids[10]}")).text
    assert shown(older) == ids[:10]
    assert "antes=" not in older
    assert "<html" not in older
    assert shown((await marta.fragment(f"/soporte/mensajes?con=ana&despues={ids[57]}")).text) == ids[58:]
    assert shown((await ana.page(f"/soporte?antes={ids[10]}")).text) == ids[:10]
    assert shown((await ana.fragment(f"/soporte/mensajes?despues={ids[-1]}")).text) == []


def shown(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="mensaje-(\d+)"', html)]


@pytest.mark.parametrize("query", ["antes=x", "antes=1&despues=2", "limite=0", "limite=501", "antes=-1"])
async def test_a_wrong_page_is_a_400(web: Web, query: str) -> None:
    marta = visit(web, "marta")
    for path in ("/soporte/mensajes?con=ana&", "/soporte/conversaciones?", "/soporte/c/ana?"):
        assert (await marta.page(path + query)).status == 400
        assert (await marta.fragment(path + query)).headers["HX-Reswap"] == "none"


async def test_an_unknown_conversation_does_not_exist(web: Web) -> None:
    marta = visit(web, "marta")
    for path in (
        "/soporte/c/nadie",
        "/soporte/c/nadie/panel",
        "/soporte/conversaciones/nadie",
        "/soporte/conversaciones/luis",
        "/soporte/mensajes?con=nadie",
    ):
        assert (await marta.page(path)).status == 404, path
    empty = await marta.page("/soporte/c/luis")
    assert empty.status == 200


async def test_the_list_is_filtered_and_paged(web: Web) -> None:
    await write(web.desk, "luis", "admin", "hola")
    (last,) = await write(web.desk, "ana", "admin", "hola")
    marta = visit(web, "marta")
    assert listed((await marta.fragment("/soporte/conversaciones")).text) == ["ana", "luis"]
    assert listed((await marta.fragment("/soporte/conversaciones?limite=1")).text) == ["ana"]
    assert listed((await marta.fragment(f"/soporte/conversaciones?antes={last}")).text) == ["luis"]
    assert listed((await marta.fragment("/soporte/conversaciones?buscar=LUI")).text) == ["luis"]
    assert listed((await marta.page("/soporte?buscar=lui")).text) == ["luis"]
    assert listed((await marta.fragment("/soporte/conversaciones?buscar=%25")).text) == []
    page = (await marta.page(f"/soporte?antes={last}")).text
    assert listed(page) == ["luis"]


def listed(html: str) -> list[str]:
    return re.findall(r'<li id="user-([^"]+)"', html)


async def test_reading_is_told_by_a_plain_form_too(web: Web) -> None:
    (last,) = await write(web.desk, "ana", "admin", "hola")
    marta = visit(web, "marta")
    answer = await marta.page("/soporte/leido", "POST", form={"con": "ana", "hasta": str(last)})
    assert (answer.status, answer.location) == (303, "/soporte/c/ana")
    for wrong in ("", "x", "-1"):
        assert (await marta.ask("/soporte/leido", "POST", form={"con": "ana", "hasta": wrong})).status == 400


async def test_a_dead_session_does_not_lose_what_was_typed(web: Web) -> None:
    stranger = visit(web)
    answer = await stranger.page("/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "mi texto"})
    assert answer.status == 401
    assert "mi texto" in answer.text
    assert "/login?next=/soporte" in answer.text
