"""`/openapi.json` is true: what it says of the JSON routes is what they do."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from supportapp.web.current import Web
from tests.web.serving import listening
from tests.web.visitors import visit, write

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)
EXAMPLES = 25
OPERATIONS = {
    "/api/mensajes", "/api/mensajes/mios", "/api/usuarios-conversaciones", "/healthz", "/readyz",
}  # fmt: skip


async def description(web: Web) -> Any:
    return (await visit(web).ask("/openapi.json")).json


async def test_it_describes_the_programs_routes_and_no_others(web: Web) -> None:
    document = await description(web)
    assert set(document["paths"]) == OPERATIONS
    mensajes = document["paths"]["/api/mensajes"]["get"]
    assert {parameter["name"] for parameter in mensajes["parameters"]} == {
        "con",
        "antes",
        "despues",
        "limite",
    }
    assert set(mensajes["responses"]) == {"200", "400", "403", "500"}
    assert mensajes["security"] == [{"session": []}]
    own = document["paths"]["/api/mensajes/mios"]["get"]
    assert "text/plain" in own["responses"]["401"]["content"]


@pytest.mark.parametrize("path", ["/docs", "/redocs", "/scalar"])
async def test_there_are_no_pages_that_load_from_elsewhere(web: Web, path: str) -> None:
    assert (await visit(web).page(path)).status == 404


def ask_everything(url: str, cookies: dict[str, str]) -> set[tuple[str, int]]:
    """Ask every operation with bounded random examples; returns the (path, status) that were met."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    met: set[tuple[str, int]] = set()

    @bounds(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case: Any) -> None:
        response = case.call_and_validate(base_url=url, cookies=cookies, checks=list(CHECKS))
        met.add((case.path, response.status_code))

    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok)
        given(case=operation.ok().as_strategy())(one)()
    return met


@pytest.mark.parametrize(
    ("usuario", "expected"),
    [
        (None, {("/api/mensajes", 403), ("/api/mensajes/mios", 401), ("/healthz", 200)}),
        ("ana", {("/api/mensajes", 403), ("/api/mensajes/mios", 200), ("/api/mensajes/mios", 400)}),
        ("marta", {("/api/mensajes", 200), ("/api/mensajes", 400), ("/api/usuarios-conversaciones", 200)}),
    ],
)
async def test_what_it_says_is_what_they_do(
    web: Web, usuario: str | None, expected: set[tuple[str, int]]
) -> None:
    await write(web.desk, "ana", "admin", *(f"mensaje {n} 😀" for n in range(5)))
    token = visit(web, usuario).cookie("token")
    async with listening(web) as url:
        met = await asyncio.to_thread(ask_everything, url, {"token": token} if token else {})
    assert expected <= met
