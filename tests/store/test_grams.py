"""Parts of names: the filtered list has exactly those whose names contain it, known by their parts or not yet."""

import asyncio
import random

import pytest

from supportapp.store import grams
from supportapp.store.conversations import select_conversations
from supportapp.store.database import Database
from supportapp.store.folding import fold
from supportapp.store.grams import write_missing
from supportapp.store.users import insert_user
from tests.conftest import JOINED
from tests.store.talk import index_names, say

WORDS = ("Íñigo", "ana", "Anabel", "100 %", "o'neill", "ana_bel", "María José", "bel", "🙂🙂🙂🙂", "\\ana!")
SEARCHES = (
    *WORDS,
    "ANA",
    "nab",
    "ñig",
    "e m",
    "ría jo",
    "na_",
    "0 %",
    "l 1",
    "neil",
    "🙂🙂🙂",
    "zzz",
    "an",
    "anabel anabel anabel",
)


@pytest.fixture
async def crowd(database: Database, people: list[str]) -> dict[str, str]:
    """Sixty people with names of the same few words, each with a conversation."""
    rng = random.Random(7)
    names = {
        f"p{n}": " ".join(rng.choices(WORDS, k=rng.randint(1, 3))) + f" {rng.randint(1, 20)}"
        for n in range(60)
    }
    for usuario, nombre in names.items():
        await insert_user(database, usuario, nombre, "user", None, JOINED)
    await say(database, *[(usuario, "admin", "hola") for usuario in names])
    return names


async def found(database: Database, search: str) -> list[str]:
    return [row.usuario for row in await select_conversations(database, "marta", search=search, limit=100)]


async def test_the_same_are_found_whatever_is_written_of_them(
    database: Database, crowd: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {
        search: {
            usuario for usuario, nombre in crowd.items() if fold(search) in fold(nombre) or search in usuario
        }
        for search in SEARCHES
    }
    assert {len(names) for names in expected.values()} >= {0, 1}, "premise: some are rare"
    for written in (0, 30, 100, 100):
        await write_missing(database, written or 1)
        for few in (3, 500):
            monkeypatch.setattr(grams, "FEW", few)
            assert {search: set(await found(database, search)) for search in SEARCHES} == expected
    assert await write_missing(database, 100) == 0


async def test_pages_of_a_filtered_list_go_on_in_order(database: Database, crowd: dict[str, str]) -> None:
    await index_names(database)
    everybody = await found(database, "ana")
    pages: list[str] = []
    before: int | None = None
    while page := await select_conversations(database, "marta", before=before, search="ana", limit=4):
        pages += [row.usuario for row in page]
        before = page[-1].ultimo_id
    assert (pages, len(pages) > 8) == (everybody, True)


async def test_another_name_is_found_and_the_old_one_no_more_whoever_wrote_it(
    database: Database, people: list[str]
) -> None:
    await say(database, ("ana", "admin", "hola"), ("luis", "admin", "hola"))
    await write_missing(database, 100)
    await database.execute("UPDATE usuarios SET nombre = 'Zoraida' WHERE usuario = 'ana'")
    for written in (1, 0):
        assert (await found(database, "zoraida"), await found(database, "aida")) == (["ana"], ["ana"])
        assert await found(database, "Luis") == ["luis"]
        assert await write_missing(database, 100) == written
    assert await database.fetch_val("SELECT COUNT(*) FROM gramas WHERE grama = 'zor'") == 1
    await database.execute("UPDATE usuarios SET nombre = 'Zoe', clave = 'mandarina' WHERE usuario = 'ana'")
    await write_missing(database, 100)
    assert (await found(database, "zoraida"), await found(database, "zoe")) == ([], ["ana"])
    assert await found(database, "darin") == ["ana"]
    assert await database.fetch_val("SELECT COUNT(*) FROM gramas WHERE grama = 'zor'") == 0


async def test_two_that_write_at_once_leave_what_is_true(database: Database, crowd: dict[str, str]) -> None:
    """One has read a name that is changed before it writes: the name stays to be done."""
    await database.execute("UPDATE usuarios SET nombre = 'Wenceslao' WHERE usuario = 'p0'")
    await index_names(database)
    await database.execute(grams.WRITTEN, {"usuario": "p0", "gramas_de": f"p0 {crowd['p0']}"})
    assert await write_missing(database, 100) == 1
    assert await found(database, "encesl") == ["p0"]


async def test_it_never_makes_a_message_fail(mariadb_url: str) -> None:
    """It holds no row of a person while it waits for another: nothing that a message holds can close a circle."""
    database = Database(mariadb_url)
    await database.connect(5)
    for usuario in ("ana", "luis"):
        await insert_user(database, usuario, usuario, "user", None, JOINED)
    await database.execute("UPDATE usuarios SET gramas_de = NULL")
    held = "SELECT 1 FROM usuarios WHERE usuario = :usuario LOCK IN SHARE MODE"  # as by its foreign keys
    async with database.transaction() as message:
        await message.fetch_val(held, {"usuario": "luis"})
        writing = asyncio.create_task(write_missing(database, 100))
        await asyncio.sleep(0.3)
        for usuario in ("ana", "admin"):
            await message.fetch_val(held, {"usuario": usuario})
    assert await writing == 3
    assert await write_missing(database, 100) == 0
    await database.disconnect()
