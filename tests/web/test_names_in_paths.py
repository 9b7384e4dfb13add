"""A site's own accounts may have any name: each has a path that leads to its conversation and to nobody else's."""

from urllib.parse import unquote

import pytest

from supportapp.store.users import insert_user
from supportapp.web.addresses import in_path
from supportapp.web.current import Web
from tests.conftest import JOINED
from tests.web.visitors import visit

NAMES = [
    "a/../../logout", "..", ".", "#frag?x=1", "a/panel", "a%2Fpanel", "a%252Fb", "100%", "ñandú {{7*7}}", "a b",
    "a\\b", "x\"><img src=x>", "a;b=c", "a+b", "...", "/", "//evil.example", "panel",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_every_name_has_a_path_of_its_own(web: Web, name: str) -> None:
    desk = web.desk
    await insert_user(desk.database, name, f"Persona {name}", "user", None, JOINED)
    await insert_user(desk.database, "a", "Otra", "user", None, JOINED)
    sender = await desk.database.fetch_one("SELECT 1 AS uno FROM usuarios WHERE usuario = :u", {"u": name})
    assert sender
    marta = visit(web, "marta")
    form = {"para": name, "mensaje": "para quien lleva este nombre"}
    sent = await marta.page("/soporte/mensajes", "POST", form=form)
    assert sent.location == f"/soporte/c/{in_path(name)}"
    listed = (await marta.page("/soporte")).text
    assert f'href="/soporte/c/{in_path(name)}"' in listed
    segment = in_path(name)
    assert unquote(segment) not in {".", ".."}
    assert "/" not in unquote(segment)
    for path in (
        f"/soporte/c/{segment}",
        f"/soporte/c/{segment}/panel",
        f"/soporte/conversaciones/{segment}",
    ):
        answer = await marta.page(path)
        assert answer.status == 200, path
        assert "para quien lleva este nombre" in answer.text, path


async def test_a_link_that_leads_back_keeps_the_name(web: Web) -> None:
    await insert_user(web.desk.database, "a/b", "Barra", "user", None, JOINED)
    marta, stranger = visit(web, "marta"), visit(web)
    path = f"/soporte/c/{in_path('a/b')}"
    asked = await stranger.page(path)
    assert unquote(asked.location.partition("next=")[2]) == path
    assert (await marta.page(path)).status == 200
