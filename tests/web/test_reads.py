"""How much one person may read, and how much at once."""

import pytest

from supportapp.config import Settings
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import visit, write


async def test_a_fragment_has_two_hundred_rows_at_most(web: Web) -> None:
    for block in range(3):
        await write(web.desk, "ana", "admin", *(f"hola {block} {number}" for number in range(90)))
    ana, marta = visit(web, "ana"), visit(web, "marta")
    for path in (
        "/soporte/mensajes?despues=0&limite=500",
        "/soporte/mensajes?limite=500",
        "/soporte?limite=500",
    ):
        assert (await ana.fragment(path)).text.count("data-id=") == 200, path
    assert (await marta.fragment("/soporte/c/ana/panel?limite=201")).text.count("data-id=") == 200
    assert len((await ana.ask("/api/mensajes/mios?limite=500")).json) == 270


@pytest.fixture
def slowly(settings: Settings) -> Settings:
    return settings.model_copy(update={"read_limit": "4/minute"})


async def test_whoever_reads_too_fast_waits_and_nobody_else(slowly: Settings, people: object) -> None:
    async with serving(slowly) as web:
        ana = visit(web, "ana")
        answers = [await ana.fragment("/soporte/mensajes") for _ in range(6)]
        assert [answer.status for answer in answers] == [200] * 4 + [429] * 2
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert answers[-1].headers["HX-Reswap"] == "none"
        assert (await visit(web, "ana").page("/soporte")).status == 429  # in whichever tab
        assert (await visit(web, "luis").page("/soporte")).status == 200
        sent = await ana.page("/soporte/mensajes", "POST", form={"para": "admin", "mensaje": "hola"})
        assert sent.status == 303


async def test_a_long_page_counts_as_several(slowly: Settings, people: object) -> None:
    async with serving(slowly) as web:
        statuses = [
            (await visit(web, "ana").fragment("/soporte/mensajes?limite=200")).status for _ in range(2)
        ]
        assert statuses == [200, 429]


async def test_strangers_read_by_their_address(slowly: Settings, people: object) -> None:
    async with serving(slowly.model_copy(update={"trusted_proxies": 1})) as web:
        for old in ({}, {"token": "x.y.z"}):
            here = {"X-Forwarded-For": f"10.1.1.{len(old)}"}
            visitors = [visit(web) for _ in range(5)]
            for visitor in visitors:
                for name, value in old.items():
                    visitor.set_cookie(name, value)
            assert [(await one.page("/login", headers=here)).status for one in visitors] == [200] * 4 + [429]
        assert (await visit(web).page("/login", headers={"X-Forwarded-For": "10.2.2.2"})).status == 200
        assert (await visit(web).page("/healthz", headers=here)).status == 200
