"""Statements that read a whole table are found, under whatever name."""

from pathlib import Path

import pytest

from tests.bench.plans import fewest, names, whole_tables_in_sqlite
from tests.bench.servers import NotMeasurable


def test_names_of_tables() -> None:
    sql = "SELECT 1 FROM mensajes m /* hint */ JOIN usuarios AS d ON d.usuario = m.de_usuario JOIN conversaciones WHERE 1"
    found = names(sql)
    assert {name: found[name] for name in ("m", "d", "conversaciones")} == {
        "m": "mensajes", "d": "usuarios", "conversaciones": "conversaciones",
    }  # fmt: skip


def test_a_whole_table_is_found(migrated_file: Path) -> None:
    assert whole_tables_in_sqlite(migrated_file, "SELECT mensaje FROM mensajes m WHERE m.mensaje = 'x'") == {
        "mensajes"
    }
    assert whole_tables_in_sqlite(migrated_file, "SELECT mensaje FROM mensajes m WHERE m.id > 5") == set()


def test_the_page_s_own_statements_are_the_fewest_seen() -> None:
    seen = iter([["a", "b", "poll"], [], ["a", "b"]])
    assert fewest(lambda draw: next(seen), lambda: None) == ["a", "b"]
    with pytest.raises(NotMeasurable, match="no statement was seen"):
        fewest(lambda draw: [], lambda: None)
