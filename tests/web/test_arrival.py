"""Under which name, and through how many proxies, requests arrive."""

import time

import jwt
import pytest
from structlog.testing import capture_logs

from supportapp.config import Settings
from supportapp.web.arrival import host_name
from tests.web.conftest import serving
from tests.web.visitors import visit

PUBLIC = "https://chat.example"
OWN = [
    "chat.example",
    "CHAT.example",
    "chat.example:443",
    "chat.example.",
    "localhost:8000",
    "127.0.0.1",
    "[::1]:8000",
]
FOREIGN = ["evil.example", "chat.example.evil.example", "evil-chat.example", "10.0.0.1", "chat.example@evil.example",
           "localhost.evil.example", "chat.example:80:80"]  # fmt: skip


@pytest.fixture
def public(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": PUBLIC})


async def test_only_ones_own_host_is_served(public: Settings, people: object) -> None:
    async with serving(public) as web:
        for host in OWN:
            assert (await visit(web).page("/login", headers={"Host": host})).status == 200, host
        for host in FOREIGN:
            for path in ("/login", "/soporte", "/api/mensajes/mios", "/openapi.json", "/nada"):
                answer = await visit(web, "ana").page(path, headers={"Host": host})
                assert answer.status == 421, (host, path)
                assert "evil" not in answer.text


@pytest.mark.parametrize(
    "header", ["", "[", "[::1", "a b", "evil@chat.example", "chat.example/", "chat.example:x"]
)
def test_what_is_no_host_is_nobody_s(header: str) -> None:
    assert host_name(header) == ""


async def test_health_is_told_to_whoever_asks_by_address(public: Settings, people: object) -> None:
    async with serving(public) as web:
        for path in ("/healthz", "/readyz"):
            assert (await visit(web).ask(path, headers={"Host": "10.0.0.7:8000"})).status == 200


async def test_to_try_it_from_a_phone_any_host_is_ones_own_but_not_where_no_phone_can_come(
    settings: Settings, people: object
) -> None:
    for listening, status in (("0.0.0.0", 200), ("192.168.1.5", 200), ("127.0.0.1", 421)):
        async with serving(settings.model_copy(update={"host": listening})) as web:
            answer = await visit(web).page("/login", headers={"Host": "192.168.1.5:8000"})
            assert answer.status == status


async def test_what_a_proxy_gets_wrong_is_said_once(public: Settings, people: object) -> None:
    async with serving(public) as web:
        with capture_logs() as logs:
            for _ in range(3):
                await visit(web).page("/login", headers={"X-Forwarded-For": "1.1.1.1"})
                await visit(web).page("/login", headers={"Host": "upstream"})
    warnings = [line["event"] for line in logs if line["log_level"] == "warning"]
    assert len(warnings) == 2
    assert "TRUSTED_PROXIES" in warnings[0]
    assert "header Host" in warnings[1]
    async with serving(public.model_copy(update={"trusted_proxies": 1})) as web:
        with capture_logs() as logs:
            await visit(web).page("/login", headers={"X-Forwarded-For": "1.1.1.1"})
    assert [line for line in logs if line["log_level"] == "warning"] == []


async def test_how_a_request_arrived_is_told_to_who_knows_the_secret(
    settings: Settings, people: object
) -> None:
    secret, soon = settings.jwt_secret.get_secret_value(), time.time() + 60
    way = {"camino": "doctor", "exp": soon}
    async with serving(settings) as web:
        ana = visit(web, "ana")
        for forged in ("", "x", jwt.encode(way, secret + "x", "HS256"), jwt.encode({"exp": soon}, secret, "HS256"),
                       jwt.encode(way | {"exp": 1}, secret, "HS256"), ana.cookie("token")):  # fmt: skip
            assert (await ana.ask("/camino", headers={"Authorization": f"Bearer {forged}"})).status == 404
        known = {"Authorization": f"Bearer {jwt.encode(way, secret, 'HS256')}"}
        assert (await visit(web).ask("/camino", headers=known)).json["saltos"] == 0
        told = await visit(web).ask("/camino", headers=known | {"X-Forwarded-For": "1.1.1.1, 2.2.2.2"})
        assert told.json["saltos"] == 2
