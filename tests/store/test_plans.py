"""Every question about messages and conversations is answered from an index, however many there are."""

import pytest

from supportapp.store import conversations, grams, marks, messages
from supportapp.store.database import Database
from supportapp.store.messages import BEYOND, NewMessage
from tests.conftest import JOINED
from tests.store.talk import at, index_names

PEOPLE, ROWS = 50, 4000
INDEXED = {"range", "ref", "eq_ref", "const"}  # ways in which MySQL says that it reads by an index


@pytest.fixture
async def full(database: Database) -> Database:
    """Fifty people, four thousand messages, half of them of one person: the plans must not depend on whose."""
    names = [f"p{n:02}" for n in range(PEOPLE)]
    async with database.transaction(deadline=30) as connection:
        people = [(name, name, name, "user", 1, JOINED) for name in names]
        await connection.insert_rows(
            "usuarios", ("usuario", "clave", "nombre", "rol", "activo", "creado"), people
        )
        senders = [names[0] if n % 2 else names[n % PEOPLE] for n in range(ROWS)]
        rows = [
            NewMessage(n, de, "admin", "hola", at(n), False, n, f"c{n}", "0" * 32)
            for n, de in enumerate(senders, 1)
        ]
        await connection.ask(*messages.insert_messages(rows))
        summaries = [
            conversations.Summary(name, n, name, "hola", at(n), n, None, True) for n, name in enumerate(names)
        ]
        await connection.ask(*conversations.upsert_conversations(database.dialect, summaries))
        moves = [("admin", name, n, n, n) for n, name in enumerate(names, 1)]
        columns = ("lector", "usuario", "entregado_hasta", "leido_hasta", "cambio")
        await connection.insert_rows("lecturas", columns, moves)
    if database.dialect == "mysql":
        await database.fetch_all("ANALYZE TABLE mensajes, usuarios, conversaciones, lecturas")
    return database


async def plan(database: Database, sql: str, values: dict[str, object]) -> list[str]:
    """One line for each step: the table, how it is read, by which index."""
    if database.dialect == "sqlite":
        return [row["detail"] for row in await database.fetch_all(f"EXPLAIN QUERY PLAN {sql}", values)]
    rows = await database.fetch_all(f"EXPLAIN {sql}", values)
    return [f"{row['table']} {row['type']} {row['key']} {row['Extra']}" for row in rows]


def assert_indexed(steps: list[str], *tables: str) -> None:
    """No step reads one of `tables` from end to end."""
    for table in tables:
        own = [step for step in steps if table in step.split()[:2]]
        assert own, f"premise: {table} is not in {steps}"
        for step in own:
            assert step.startswith(f"SEARCH {table} USING") or step.split()[1] in INDEXED, steps
            assert "filesort" not in step, steps


@pytest.mark.parametrize("usuario", ["p00", "p02", "admin"])
@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (messages.BEFORE, {"before": BEYOND}),
        (messages.BEFORE, {"before": 2000}),
        (messages.AFTER, {"after": 0}),
        (messages.AFTER, {"after": 2000}),
    ],
    ids=["last", "before", "first", "after"],
)
async def test_history_reads_two_ranges_of_two_indexes(
    full: Database, sql: str, values: dict[str, object], usuario: str
) -> None:
    steps = await plan(full, sql, values | {"usuario": usuario, "limit": 50})
    assert_indexed(steps, "mensajes", "m", "d", "p")
    ranges = [step for step in steps if "mensajes" in step.split()[:2]]
    assert len(ranges) == 2
    if full.dialect == "sqlite":
        assert ["de_usuario=? AND id" in ranges[0], "para_usuario=? AND id" in ranges[1]] == [True, True]
    else:
        assert ["mensajes_de_usuario" in ranges[0], "mensajes_para_usuario" in ranges[1]] == [True, True]


async def test_the_dispatcher_reads_a_range_of_ids(full: Database) -> None:
    for after in (0, ROWS - 10):
        steps = await plan(full, messages.SINCE, {"after": after, "limit": 100})
        assert_indexed(steps, "d", "p")
        own = next(step for step in steps if "m" in step.split()[:2])
        assert (
            "INTEGER PRIMARY KEY (rowid>?)" in own or "m range PRIMARY" in own or "m index PRIMARY" in own
        ), steps


async def test_repeats_are_found_by_the_unique_key(full: Database) -> None:
    for count in (1, 2, 100):
        either = " OR ".join(
            [f"(de_usuario = 'p00' AND id_cliente = 'c{n}')" for n in range(2, 2 * count + 1, 2)]
        )
        steps = await plan(full, f"{messages.STORED} WHERE {either}", {})
        assert_indexed(steps, "mensajes")
        assert all(
            "de_usuario=? AND id_cliente=?" in step or "mensajes_id_cliente" in step for step in steps[-1:]
        )


async def test_the_running_number_is_the_end_of_an_index(full: Database) -> None:
    for sql in (messages.LAST_SENT, messages.LAST_RECEIVED):
        assert_indexed(await plan(full, sql, {"usuario": "p00", "hasta": 2000}), "mensajes")
    sql = f"{conversations.PEOPLE} WHERE u.usuario IN (:a, :b)"
    assert_indexed(await plan(full, sql, {"a": "p00", "b": "p02"}), "m", "u", "c")


async def test_the_list_comes_in_the_order_of_its_index(full: Database) -> None:
    for condition in ("c.ultimo_id < 40", "c.ultimo_id > 40", "c.ultimo_id > 0"):
        sql = (
            f"{conversations.LIST} WHERE u.rol <> 'admin' AND {condition} ORDER BY c.ultimo_id DESC LIMIT 10"
        )
        steps = await plan(full, sql, {"lector": "p00"})
        assert_indexed(steps, "u", "l")
        assert not any("TEMP B-TREE" in step or "filesort" in step for step in steps), steps
        own = next(step for step in steps if "c" in step.split()[:2])
        assert "ultimo_id" in own or "autoindex_conversaciones" in own, steps


async def test_a_part_of_a_name_is_found_by_its_index(full: Database) -> None:
    await index_names(full)
    sql = f"{conversations.AMONG_FEW} WHERE u.rol <> 'admin' ORDER BY c.ultimo_id DESC LIMIT 10"
    steps = await plan(full, sql, {"lector": "p00", "grama": "p07"})
    assert_indexed(steps, "gramas", "c", "u", "d", "l")
    assert not any("usuarios ALL" in step or step.startswith("SCAN usuarios") for step in steps), steps
    steps = await plan(full, grams.MISSING, {"limit": 100})
    assert_indexed(steps, "usuarios")


async def test_moved_marks_are_a_range_of_their_numbers(full: Database) -> None:
    for after in (0, PEOPLE - 3):
        steps = await plan(full, marks.MOVES, {"after": after, "limit": 500})
        assert_indexed(steps, "l", "c")
        assert any("lecturas_cambio" in step for step in steps), steps


async def test_how_far_messages_have_come_is_read_by_name(full: Database) -> None:
    steps = await plan(full, marks.REACHED.format(names=":a, :b"), {"a": "p01", "b": "p02"})
    own = [step for step in steps if "lecturas" in step.split()[:2]]
    assert own
    assert all(step.startswith("SEARCH lecturas USING") or step.split()[1] in INDEXED for step in own), steps
