"""`import-reference`: the older system's people and messages, in order, once, with everything strange of them told."""

from datetime import timedelta
from pathlib import Path

import pytest

from supportapp.config import Settings
from supportapp.desk.accounts import Accounts
from supportapp.desk.moment import utc_now
from supportapp.store.conversations import select_conversation, select_conversations
from supportapp.store.database import Database
from supportapp.store.marks import advance_read
from supportapp.store.messages import select_messages_since
from supportapp.store.users import select_users
from tests.forked import supportapp
from tests.older_system import BCRYPT, MESSAGES, PEOPLE, add_messages, older_system
from tests.services.mariadb import MariaDB
from tests.store.talk import say

PROOF = ["ok    messages", "ok    numbers of every sender", "ok    conversations", "ok    unread"]


def bring(env: dict[str, str], url: str, *options: str, status: int = 0) -> str:
    """What the command said; its password never."""
    result = supportapp("import-reference", url, *options, env=env)
    said = result.stdout + result.stderr
    assert result.returncode == status, said
    assert "Traceback" not in said
    assert "w%rd" not in said
    assert "w%25rd" not in said
    return said


async def stored(database: Database) -> list[tuple[str, str, str, str]]:
    rows = await select_messages_since(database, 0, 10_000)
    return [(row.de_usuario, row.para_usuario, row.mensaje, str(row.fecha)) for row in rows]


async def test_all_of_it_is_here_once_in_order_and_by_the_clock_there(
    env: dict[str, str], settings: Settings, database: Database, mariadb: MariaDB
) -> None:
    said = bring(env, older_system(mariadb), "--time-zone", "Europe/Madrid")
    by_time = sorted(enumerate(MESSAGES), key=lambda one: (one[1][3], one[0]))
    rows = await select_messages_since(database, 0, 100)
    assert [row.id_cliente for row in rows] == [f"importado:{place + 1}" for place, _ in by_time]
    assert [(row.de_usuario, row.mensaje) for row in rows] == [
        (one[0], one[2].replace("\r\n", "\n")) for _, one in by_time
    ]
    assert [str(row.fecha) for row in rows][::5] == [
        "2024-01-01 09:00:00",
        "2024-07-01 08:02:00",
    ]  # winter, summer
    assert [row.id for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all(line in said for line in PROOF)
    assert "6 people and 6 messages there; 5 accounts are new" in said
    assert "their accounts here are closed: borrado" in said
    people = await select_users(database, [one[0] for one in PEOPLE] + ["borrado"])
    assert {name: (one.nombre, one.rol, one.activo, one.pass_hash) for name, one in people.items()} == {
        one[0]: (one[1], one[2], True, BCRYPT) for one in PEOPLE
    } | {"borrado": ("borrado", "user", False, None)}
    accounts = Accounts(database)
    assert await accounts.check_password("Lucía", "correcta-1234")
    accounts.close()


async def test_a_second_run_changes_nothing_and_fetches_what_has_come_since(
    env: dict[str, str], database: Database, mariadb: MariaDB
) -> None:
    url = older_system(mariadb)
    bring(env, url)
    before = await stored(database)
    said = bring(env, url)
    assert "0 accounts are new" in said
    assert "0 messages stored; 6 were here already" in said
    assert await stored(database) == before
    add_messages(mariadb, "legacy", [("pepe", "marta", "y otra", "2024-08-01 10:00:00")])
    assert "1 messages stored; 6 were here already" in bring(env, url)
    assert await stored(database) == [*before, ("pepe", "marta", "y otra", "2024-08-01 10:00:00")]


async def test_looking_first_writes_nothing(
    env: dict[str, str], database: Database, mariadb: MariaDB
) -> None:
    said = bring(env, older_system(mariadb), "--dry-run")
    assert "6 messages would be stored" in said
    assert await stored(database) == []
    assert len(await select_users(database, ["pepe", "marta", "admin"])) == 1


async def test_what_is_strange_is_told_and_in_its_place(
    env: dict[str, str], database: Database, mariadb: MariaDB
) -> None:
    people = [
        ("admin", "Mesa", "admin", BCRYPT, None), ("a" * 200, "Larga", "user", BCRYPT, None), ("b", None, "jefe", "sin hash", None),
        ("c", "n" * 150, None, None, None), ("d", "Dos\x07", "user", BCRYPT, None), ("", "Nadie", "user", BCRYPT, None),
    ]  # fmt: skip
    messages = [
        ("b", "admin", "con fecha", "2024-01-01 10:00:00"), ("b", "admin", "sin fecha", None), ("b", "admin", "cero", "0000-00-00"),
        ("b", "admin", "futuro", "2999-01-01"), ("b", "admin", "", "2024-01-01"), ("b", "admin", None, "2024-01-01"),
        ("b", "admin", "ñ" * 70_000, "2024-01-02"), ("b", "admin", "ti\x07mbre\x00", "2024-01-03"), (None, "admin", "x", "2024-01-04"),
        ("a" * 200, "", "x", "2024-01-04"), ("a" * 200, "admin", "de nombre largo", "2024-01-05"),
    ]  # fmt: skip
    said = bring(env, older_system(mariadb, people=people, messages=messages))
    found = await stored(database)
    assert [one[2] for one in found] == [
        "con fecha", "sin fecha", "cero", "futuro", "ñ" * 32767, "ñ" * 32767, "ñ" * 4466, "timbre", "de nombre largo",
    ]  # fmt: skip
    assert {one[3] for one in found[:4]} == {"2024-01-01 10:00:00"}
    assert found[-1][0] == "a" * 64
    for line in (
        "3 without a date, or dated in the future: placed after the one before (id there: 2, 3, 4)",
        "2 empty, left out (id there: 5, 6)",
        "1 longer than 65,535 bytes, stored in parts (id there: 7)",
        "1 with control characters, which were left out (id there: 8)",
        "2 without a sender or a recipient, left out (id there: 9, 10)",
        "1 people: role 'jefe' is unknown here",
        "1 people: role None is unknown here",
        "2 people: password is no bcrypt hash",
        "3 people: nombre was empty, too long or not printable",
        "1 called otherwise here: " + "a" * 200,
        "1 without a usable name, left out",
    ):
        assert line in said
    assert "0 messages stored; 9 were here already" in bring(env, mariadb.url("legacy"))


FOLDED = (
    ("Pepe", "Uno", "user", BCRYPT, None), ("pepe", "Otro", "user", BCRYPT, None), ("pépe", "Tercero", "admin", BCRYPT, None),
    ("admin", "No es la mesa", "user", BCRYPT, None),
)  # fmt: skip
TWO = (("Pepe", "admin", "uno", "2024-01-01"), ("pepe", "pépe", "otro", "2024-01-02"))


async def test_names_that_are_read_as_one_are_decided_by_somebody(
    env: dict[str, str], database: Database, mariadb: MariaDB
) -> None:
    url = older_system(mariadb, people=FOLDED, messages=TWO)
    said = bring(env, url, status=1)
    assert said.splitlines()[-1].startswith("Nothing was written: these names are read as one")
    assert "Pepe = pepe = pépe" in said
    assert len(said.splitlines()) == 1
    assert await stored(database) == []
    said = bring(env, url, "--folded", "number", "--rename", "Pepe=jose")
    assert "3 called otherwise here: Pepe -> jose, admin -> admin-2, pepe -> pepe-2" in said
    assert [one[:3] for one in await stored(database)] == [
        ("jose", "admin-2", "uno"),
        ("pepe-2", "pépe", "otro"),
    ]
    desk = (await select_users(database, ["admin"]))["admin"]
    assert (desk.nombre, desk.pass_hash) == (
        "Soporte",
        None,
    )  # a customer of that name does not become the desk
    assert "0 messages stored; 2 were here already" in bring(env, url)  # it was decided


async def test_folded_names_can_become_one_account(
    env: dict[str, str], database: Database, mariadb: MariaDB
) -> None:
    url = older_system(mariadb, people=FOLDED[:3], messages=TWO)
    bring(env, url, "--folded", "merge")
    assert [one[:3] for one in await stored(database)] == [("pépe", "admin", "uno"), ("pépe", "pépe", "otro")]


async def test_a_collation_there_says_whose_name_it_is(
    env: dict[str, str], database: Database, mariadb: MariaDB
) -> None:
    url = older_system(
        mariadb, messages=[("PEPE ", "ADMIN", "hola", "2024-01-01")], collation="utf8mb4_general_ci"
    )
    bring(env, url)
    assert [one[:2] for one in await stored(database)] == [("pepe", "admin")]


async def test_in_a_used_chat_nothing_of_it_changes(
    env: dict[str, str], database: Database, people: list[str], mariadb: MariaDB
) -> None:
    """Ids go on, who is here stays, what is read and what is not stays so, and who waits still waits."""
    await say(database, ("ana", "marta", "vista"), ("ana", "marta", "no vista"), ("luis", "marta", "vista"))
    async with database.transaction() as connection:
        await advance_read(connection, "marta", "ana", 1, 1)
        await advance_read(connection, "marta", "luis", 3, 1)
    ana = await select_conversation(database, "marta", "ana")
    recent = utc_now() - timedelta(days=1)
    old = (
        ("luis", "admin", "de antes", "2024-01-01"), ("ana", "admin", "de antes", "2024-01-01"), ("marta", "ana", "antes", "2024-01-02"),
        ("nuevo", "marta", "hace mucho", "2024-01-03"), ("urgente", "marta", "ayer", str(recent)[:19]), ("extrano", "admin", "?", str(recent)[:19]),
        ("marta", "extrano", "!", str(recent + timedelta(hours=1))[:19]),
    )  # fmt: skip
    persons = [(name, name, "user", BCRYPT, None) for name in ("luis", "ana", "nuevo", "urgente", "extrano")]
    said = bring(
        env, older_system(mariadb, people=[("marta", "Otra", "admin", BCRYPT, None), *persons], messages=old)
    )
    assert "4 here already under the same name" in said
    rows = await select_messages_since(database, 0, 100)
    assert [row.id for row in rows] == list(range(1, 11))
    assert (await select_users(database, ["marta"]))["marta"].nombre == "Marta"
    unread = {row.usuario: row.unread for row in await select_conversations(database, "marta")}
    assert unread == {
        "ana": 2,
        "luis": 0,
        "nuevo": 0,
        "urgente": 0,
        "extrano": 0,
    }  # hers was not read, so the next is not
    assert {
        row.unread
        for row in await select_conversations(database, "elena")
        if row.usuario not in ("ana", "luis")
    } == {0}
    waiting = {row.usuario: row.esperando_desde for row in await select_conversations(database, "marta")}
    assert ana
    assert waiting["ana"] == ana.esperando_desde
    assert waiting["urgente"] == recent.replace(microsecond=0)
    assert (waiting["nuevo"], waiting["extrano"]) == (None, None)


MISTAKES = {
    "not an address": ("legacy", "SOURCE_URL must start with", 2),
    "a file": ("sqlite:///x.db", "SOURCE_URL must be mysql://", 2),
    "nobody there": ("mysql://u:geheim@127.0.0.1:1/x", "SOURCE_URL: The database does not answer", 1),
    "no such database": ("nirgends", "There is no such database", 1),
    "another program's": ("mysql", "SOURCE_URL has no table", 1),
    "a chat of this program": ("soporte", "is a database of this chat", 1),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line(
    mistake: str, env: dict[str, str], mariadb: MariaDB, migrated_schema: str
) -> None:
    url, said, status = MISTAKES[mistake]
    result = supportapp(
        "import-reference", mariadb.url(url) if url.isalpha() and url != "legacy" else url, env=env
    )
    assert (result.returncode, len(result.stderr.splitlines())) == (status, 1), result.stderr
    assert said in result.stderr
    assert "geheim" not in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--time-zone", "Europe/Mordor"], "--time-zone: 'Europe/Mordor' is unknown"),
        (["--rename", "pepe"], "--rename: 'pepe' must be OLD=NEW"),
        (["--folded", "perhaps"], "'perhaps' is not one of"),
        (["mysql://u:geheim@host/other"], "unexpected extra argument (mysql://u:***@host/other)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_options_are_one_line(
    options: list[str], said: str, env: dict[str, str], tmp_path: Path
) -> None:
    result = supportapp("import-reference", "mysql://u:geheim@127.0.0.1:1/x", *options, env=env)
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1), result.stderr
    assert said in result.stderr
    assert "geheim" not in result.stderr
