"""`doctor` finds what is wrong, and nothing where nothing is."""

import re
import sys
import time
from pathlib import Path

import pytest

from supportapp.cli import demo
from supportapp.cli.assets import missing_assets
from supportapp.cli.proof import prove
from supportapp.config import Settings
from supportapp.store.database import Database
from supportapp.store.marks import advance_read
from supportapp.store.messages import select_last_sent
from tests.forked import Forked, supportapp
from tests.processes import SECRET, Running, environment, free_port, sqlite_settings
from tests.services.redis import Redis


def wrong(env: dict[str, str]) -> list[str]:
    """What the doctor finds wrong; its exit status has to agree."""
    result = supportapp("doctor", env=env)
    assert result.stderr == ""
    found = [line.removeprefix("WRONG ") for line in result.stdout.splitlines() if line.startswith("WRONG ")]
    assert result.returncode == (1 if found else 0), result.stdout
    return found


def test_nothing_is_wrong_with_a_running_chat(env: dict[str, str]) -> None:
    assert missing_assets() == []
    with Forked(env) as chat:
        chat.wait_until_it_answers()
        result = supportapp("doctor", env=env)
    assert result.returncode == 0, result.stdout
    for looked_at in (
        "settings",
        "database",
        "schema",
        "messages",
        "account admin",
        "assets",
        "/healthz",
        "WebSocket",
    ):
        assert looked_at in result.stdout


def test_a_chat_that_does_not_run(env: dict[str, str]) -> None:
    (found,) = wrong(env)
    assert "/healthz: nothing answers" in found
    assert "Is the chat running?" in found


async def test_a_hole_in_the_messages(env: dict[str, str], database: Database) -> None:
    supportapp("demo", env=env)
    await database.execute("DELETE FROM mensajes WHERE id = 2")
    assert any("rows, but the ids go from" in line for line in wrong(env))


WOUNDS = {
    "messages": "UPDATE secuencia SET valor = valor + 1 WHERE nombre = 'mensajes'",
    "numbers of every sender": "UPDATE mensajes SET numero = numero + 1 WHERE id = 3",
    "conversations": "UPDATE conversaciones SET recibidos = recibidos - 1 WHERE recibidos > 1",
    "unread": "UPDATE lecturas SET recibidos_leidos = recibidos_leidos + 1",
}


async def proven_wrong(settings: Settings) -> dict[str, str]:
    return {finding.about: finding.wrong async for finding in prove(settings) if finding.wrong}


@pytest.mark.parametrize("about", WOUNDS)
async def test_what_was_changed_by_hand(settings: Settings, database: Database, about: str) -> None:
    await demo.add(settings)
    usuario = await database.fetch_val("SELECT usuario FROM conversaciones ORDER BY ultimo_id DESC LIMIT 1")
    async with database.transaction() as connection:
        last = await select_last_sent(connection, usuario, 10**6)
        assert last
        await advance_read(connection, "admin", usuario, last.id, last.numero)
    assert await proven_wrong(settings) == {}
    await database.execute(WOUNDS[about])
    found = await proven_wrong(settings)
    assert list(found) == [about]
    assert "restore a backup" in found[about]


async def test_a_person_who_is_missing_in_the_list(settings: Settings, database: Database) -> None:
    await demo.add(settings)
    usuario = await database.fetch_val("SELECT usuario FROM conversaciones WHERE recibidos > 0 LIMIT 1")
    await database.execute("DELETE FROM conversaciones WHERE usuario = :usuario", {"usuario": usuario})
    assert usuario in (await proven_wrong(settings))["conversations"]


def test_a_redis_that_answers_and_one_that_does_not(tmp_path: Path, redis: Redis) -> None:
    supportapp("migrate", env=sqlite_settings(tmp_path))
    result = supportapp("doctor", env=sqlite_settings(tmp_path, REDIS_URL=redis.url))
    assert "redis: answers" in result.stdout
    nowhere = f"redis://user:hidden-word@127.0.0.1:{free_port()}/0"
    found = [line for line in wrong(sqlite_settings(tmp_path, REDIS_URL=nowhere)) if line.startswith("redis")]
    assert "Check REDIS_URL" in found[0]
    assert "hidden-word" not in str(found)


def test_the_canary_of_a_running_chat(tmp_path: Path) -> None:
    env = sqlite_settings(tmp_path, CANARY=1, CANARY_SECONDS="0.2", METRICS_TOKEN="a token for Prometheus")
    with Forked(env) as chat:
        chat.wait_until_it_answers()
        time.sleep(2)
        result = supportapp("doctor", env=env)
    assert re.search(r"canary: lost: 0; acknowledged p50 \d+ ms p95 \d+ ms, delivered p50 \d+", result.stdout)
    assert result.returncode == 0, result.stdout
    assert "robot" not in result.stdout
    assert "no chat runs on this machine" in supportapp("doctor", env=env).stdout


def test_an_old_schema(tmp_path: Path) -> None:
    (tmp_path / "soporte.db").touch()
    found = wrong(sqlite_settings(tmp_path))
    assert any(line.startswith("schema: The database schema is old. Run:") for line in found)


def test_a_database_that_is_away() -> None:
    url = f"mysql://user:hidden-word@127.0.0.1:{free_port()}/chat"
    found = wrong(environment(DATABASE_URL=url, JWT_SECRET=SECRET, PORT=free_port()))
    assert found[0].startswith("database: The database does not answer")
    assert "hidden-word" not in str(found)


def test_tls_that_the_server_does_not_offer(mariadb_url: str) -> None:
    found = wrong(environment(DATABASE_URL=f"{mariadb_url}?ssl=true", JWT_SECRET=SECRET))
    assert found[0].startswith("database:")
    assert "TLS" in found[0]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"PORT": "many"}, "settings: PORT"),
        ({"ENVIRONMENT": "production", "PUBLIC_URL": ""}, "settings: PUBLIC_URL is missing"),
        (
            {"ENVIRONMENT": "production", "PUBLIC_URL": "http://chat.example"},
            "settings: PUBLIC_URL: must be https",
        ),
        ({"ENVIRONMENT": "production", "JWT_SECRET": "short"}, "settings: JWT_SECRET: missing or weak"),
        ({"DYNO": "web.1", "ALLOW_EPHEMERAL_SQLITE": "1"}, "settings: ENVIRONMENT: set it to production"),
    ],
)
def test_wrong_settings(more: dict[str, str], said: str, tmp_path: Path) -> None:
    assert wrong(sqlite_settings(tmp_path, **more))[0].startswith(said)


def test_a_public_url_behind_which_is_another_program(tmp_path: Path) -> None:
    port = free_port()
    with Running(
        [sys.executable, "-m", "tests.plain_app", str(port), "no chat"], port, environment()
    ) as other:
        other.wait_until_it_answers("/")
        found = wrong(sqlite_settings(tmp_path, PUBLIC_URL=other.url))
    assert any("/healthz: answers 404" in line for line in found)
    assert any(line.startswith("WebSocket: the upgrade is refused with status 403") for line in found)


def test_a_public_url_that_leads_nowhere(tmp_path: Path) -> None:
    found = wrong(sqlite_settings(tmp_path, PUBLIC_URL=f"http://127.0.0.1:{free_port()}"))
    assert any("Is PUBLIC_URL right?" in line for line in found)
