"""The page without a socket: it posts as a program does, and hears what the socket would have said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.web.current import Web
from tests.conftest import JWT_SECRET
from tests.services.mariadb import MariaDB
from tests.web.conftest import serving
from tests.web.visitors import Answer, Visitor, visit, write

ID = "01a1fdf090aa7492f78e46c1b7b4adc4"
HOLA = {"para": "admin", "mensaje": "hola", "id_cliente": ID, "de": "ana"}


async def post(who: Visitor, **fields: str) -> Answer:
    return await who.ask(
        "/soporte/mensajes", "POST", form={**HOLA, **fields}, headers={"Accept": "application/json"}
    )


async def test_a_stored_message_is_acknowledged_as_over_the_socket(web: Web) -> None:
    ana = visit(web, "ana")
    for _ in range(2):
        answer = await post(ana)
        fecha = answer.json.pop("fecha")
        assert fecha.endswith("Z")
        assert answer.status == 200
        expected = {"ok": True, "estado": "guardado", "id": 1, "id_cliente": ID, "fecha": fecha}
        assert answer.json == expected


async def test_a_refusal_is_told_with_its_status(web: Web) -> None:
    ana = visit(web, "ana")
    too_long = await post(ana, mensaje="x" * 4001)
    assert (too_long.status, too_long.json) == (422, {"ok": False, "error": "largo"})
    await post(ana)
    other = await post(ana, mensaje="otra")
    assert (other.status, other.json) == (422, {"ok": False, "error": "id_reutilizado"})


async def test_too_fast_is_told_how_long_to_wait(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"message_limit": "1/minute"})) as web:
        ana = visit(web, "ana")
        await post(ana)
        answer = await post(ana, id_cliente=ID[::-1])
        assert (answer.status, answer.json["error"]) == (429, "limite")
        assert 0 < answer.json["espera_ms"] <= 60_000
        assert int(answer.headers["Retry-After"]) > 0


async def test_what_was_typed_as_ana_is_never_sent_by_luis(web: Web) -> None:
    luis = visit(web, "luis")
    answer = await post(luis)
    assert (answer.status, answer.json) == (401, {"ok": False, "error": "sesion"})
    page = await luis.page("/soporte/mensajes", "POST", form=HOLA)
    assert page.status == 401
    assert "hola</textarea>" in page.text
    assert "/login?next=" in page.text
    assert (await luis.ask("/api/mensajes/mios")).json == []


async def test_a_page_asks_what_it_should_have(web: Web) -> None:
    ids = await write(web.desk, "ana", "admin", *(f"número {n}" for n in range(5)))
    await write(web.desk, "luis", "admin", "otro")
    ids += await write(web.desk, "marta", "ana", "sí")
    ana, marta = visit(web, "ana"), visit(web, "marta")
    for answer in (
        await ana.fragment(f"/soporte/comprobacion?desde={ids[2]}"),
        await marta.fragment(f"/soporte/comprobacion?con=ana&desde={ids[2]}"),
    ):
        assert answer.status == 200
        assert f'data-cuenta="4" data-ultimo="{ids[-1]}"' in answer.text
    assert 'data-cuenta="6"' in (await ana.fragment("/soporte/comprobacion")).text
    assert 'data-cuenta="0"' in (await visit(web, "extrano").fragment("/soporte/comprobacion")).text
    assert (await visit(web, "extrano").fragment("/soporte/comprobacion?con=ana")).status == 404
    assert (await ana.fragment("/soporte/comprobacion?desde=x")).status == 400


@pytest.fixture
async def lonely(
    mariadb: MariaDB, mariadb_url: str, people_there: object, tmp_path: Path
) -> AsyncIterator[Visitor]:
    """Ana, at a chat whose database has just died."""
    settings = Settings(database_url=mariadb_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path)
    async with serving(settings) as web:
        ana = visit(web, "ana")
        await ana.page("/soporte")
        mariadb.kill()
        try:
            yield ana
        finally:
            mariadb.start()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Where the database dies, it is MariaDB; otherwise both."""
    lonely = "lonely" in request.fixturenames
    dialect = "mariadb" if lonely else getattr(request, "param", "sqlite")
    return str(request.getfixturevalue(f"{dialect}_url"))


@pytest.fixture
def people_there(people: object) -> object:
    return people


async def test_without_the_database_a_message_is_kept_and_everybody_is_told_so(lonely: Visitor) -> None:
    program = await post(lonely)
    assert (program.status, program.json) == (202, {"ok": True, "estado": "pendiente", "id_cliente": ID})
    page = await lonely.page("/soporte/mensajes", "POST", form=HOLA)
    assert page.status == 202
    assert "Su mensaje está a salvo" in page.text
    assert ">hola</blockquote>" in page.text
    fragment = await lonely.fragment("/soporte/mensajes", "POST", form=HOLA)
    assert fragment.status == 202
    assert f'data-id-cliente="{ID}"' in fragment.text
    assert "pendiente de guardar" in fragment.text
    assert "<html" not in fragment.text


async def test_without_the_database_a_refused_text_is_still_kept(lonely: Visitor) -> None:
    page = await lonely.page("/soporte/mensajes", "POST", form={**HOLA, "mensaje": "x" * 4001})
    assert page.status == 422
    assert "x" * 4001 in page.text
