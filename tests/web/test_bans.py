"""A ban at the HTTP door: by the address that the trusted proxies tell, and by the person."""

from datetime import timedelta

import pytest

from supportapp.config import Settings
from supportapp.desk.access import LastAdmin, deactivate
from supportapp.desk.audit import Actor
from supportapp.desk.bans import ban_network, ban_person
from supportapp.desk.moment import utc_now
from supportapp.desk.networks import is_everybody, network_of
from supportapp.desk.roles import set_role
from supportapp.store.audit import Filter, select_entries
from supportapp.store.database import Database
from supportapp.web.current import Web
from tests.web.conftest import serving
from tests.web.visitors import PASSWORD, visit

SOON = timedelta(hours=1)
EVA = {"user": "eva", "nombre": "Eva", "pass": "caballo verde lunes", "pass2": "caballo verde lunes"}


async def test_an_address_is_the_one_that_trusted_proxies_tell(settings: Settings, people: object) -> None:
    async with serving(settings.model_copy(update={"trusted_proxies": 1})) as web:
        await ban_network(web.desk.database, network_of("192.0.2.0/24"), utc_now() + SOON)
        await ban_network(web.desk.database, network_of("2001:db8:0:1::7"), utc_now() + SOON)
        await web.desk.bans.load()
        for hop, status in (
            ("192.0.2.9", 403),
            ("192.0.2.9:4711", 403),
            ("198.51.100.1, 192.0.2.200", 403),
            ("192.0.2.9, 198.51.100.1", 200),  # what stands further left was written by the client
            ("::ffff:192.0.2.9", 403),
            ("2001:db8:0:1:ffff::1", 403),
            ("2001:db8:0:2::1", 200),
            ("nonsense", 200),
        ):
            hops = {"X-Forwarded-For": hop}
            assert (await visit(web, "ana").page("/soporte", headers=hops)).status == status, hop
        banned = {"X-Forwarded-For": "192.0.2.9"}
        for path, form in (("/auth", {"user": "ana", "pass": PASSWORD}), ("/registro", EVA)):
            answer = await visit(web).page(path, "POST", form=form, headers=banned)
            assert answer.status == 403
            assert "Desde esta dirección no se puede entrar" in answer.text
        assert (await visit(web).ask("/healthz", headers=banned)).status == 200
    async with serving(settings.model_copy(update={"trusted_proxies": 0})) as web:
        assert (await visit(web, "ana").page("/soporte", headers=banned)).status == 200


async def test_a_banned_person_is_told_so_only_with_the_right_password(web: Web) -> None:
    await ban_person(web.desk.database, "ana", utc_now() + SOON)
    await web.desk.bans.load()
    wrong = await visit(web).page("/auth", "POST", form={"user": "ana", "pass": "no"})
    assert (wrong.status, "por ahora" in wrong.text) == (401, False)
    right = await visit(web).page("/auth", "POST", form={"user": "ana", "pass": PASSWORD})
    assert (right.status, "por ahora" in right.text) == (403, True)
    assert not right.headers.get("Set-Cookie", "").startswith("token=ey")
    assert (await visit(web, "ana").page("/soporte")).status == 303


async def test_bans_leave_the_desk_somebody_who_can_answer(database: Database, people: object) -> None:
    await ban_person(database, "marta", utc_now() + SOON)
    for refused in (
        ban_person(database, "elena", utc_now() + SOON),
        ban_person(database, "admin", utc_now() + SOON),
        deactivate(database, "elena"),
        set_role(database, "elena", "user"),
    ):
        with pytest.raises(LastAdmin):
            await refused


async def test_a_ban_has_its_entry(database: Database, people: object) -> None:
    actor = Actor("marta", "198.51.100.1", "insults")
    await ban_person(database, "ana", utc_now() + SOON, actor)
    await ban_network(database, network_of("192.0.2.7"), utc_now() + SOON, actor)
    network, person = await select_entries(database, Filter(que="prohibicion"))
    assert (person.a_quien, person.quien, person.motivo) == ("ana", "marta", "insults")
    assert '"192.0.2.7/32"' in str(network.detalles)


@pytest.mark.parametrize(
    ("text", "everybody"),
    [
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("198.0.0.0/8", True),
        ("203.0.0.0/15", True),
        ("8.8.0.0/16", False),
        ("8.8.8.8", False),
        ("2a00::/16", True),
        ("2a00:1450::/32", False),
        ("::ffff:0:0/96", True),
        ("::ffff:8.8.8.8", False),
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("172.17.0.1", True),
        ("192.168.1.0/24", True),
        ("fe80::1", True),
        ("192.0.2.1", False),
    ],
)
def test_what_may_be_everybody(text: str, everybody: bool) -> None:
    assert is_everybody(network_of(text)) is everybody


@pytest.mark.parametrize("text", ["", "ana", "192.0.2.0/33", "192.0.2", "192.0.2.1/x", "fe80::1%eth0/64/2"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError):
        network_of(text)


async def test_what_sql_by_hand_wrote_keeps_no_other_ban_from_holding(
    settings: Settings, people: object
) -> None:
    async with serving(settings.model_copy(update={"trusted_proxies": 1})) as web:
        await ban_network(web.desk.database, network_of("192.0.2.9"), utc_now() + SOON)
        await web.desk.database.execute("UPDATE prohibiciones SET valor = 'nonsense'")
        await ban_network(web.desk.database, network_of("192.0.2.8"), utc_now() + SOON)
        await web.desk.bans.load()
        for hop, status in (("192.0.2.8", 403), ("192.0.2.9", 200)):
            answer = await visit(web, "ana").page("/soporte", headers={"X-Forwarded-For": hop})
            assert answer.status == status
