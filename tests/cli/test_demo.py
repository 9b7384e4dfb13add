"""`demo`: there once, however often it is run, and it touches nobody else."""

from supportapp.cli import demo
from supportapp.cli.demo_texts import CONVERSATIONS, PEOPLE
from supportapp.config import Settings
from supportapp.desk.accounts import Accounts
from supportapp.store.conversations import select_conversations
from supportapp.store.database import Database
from supportapp.store.sequence import select_count_and_max
from tests.forked import supportapp


async def test_people_and_conversations_are_there_once(
    env: dict[str, str], database: Database, people: list[str]
) -> None:
    first = supportapp("demo", env=env)
    again = supportapp("demo", env=env)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == again.stdout
    texts = sum(len(texts) for _, _, texts in CONVERSATIONS)
    assert await select_count_and_max(database) == (texts, texts)
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM usuarios") == len(PEOPLE) + len(people) + 1


async def test_the_printed_passwords_open_the_accounts(env: dict[str, str], database: Database) -> None:
    lines = supportapp("demo", env=env).stdout.splitlines()
    accounts = Accounts(database)
    assert len(lines) == len(PEOPLE) + 1
    for line in lines[1:]:
        usuario, password = line.split()[:2]
        assert usuario.startswith("demo.")
        assert await accounts.check_password(usuario, password) is not None, usuario
    accounts.close()


async def test_the_conversations_look_lived_in(settings: Settings, database: Database) -> None:
    await demo.add(settings)
    rows = await select_conversations(database, "demo.marta", before=None, after=None, search="", limit=50)
    assert [row.usuario for row in rows] == [usuario for usuario, _, _ in reversed(CONVERSATIONS)]
    assert any(row.esperando_desde for row in rows)
    assert any(not row.esperando_desde for row in rows)
    assert all(row.unread for row in rows)


async def test_production_has_no_demo(env: dict[str, str], database: Database) -> None:
    result = supportapp("demo", env=env | {"ENVIRONMENT": "production"})
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM usuarios") == 1
