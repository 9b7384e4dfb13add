"""The spool's file: on the disk when it says so, one process at a time, left for the next when its own is killed."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from supportapp.store.spool_file import SpoolFile, SpoolRefused, SpoolRow

KEEPS_AND_SAYS_SO = """
import sys, time
from pathlib import Path
from supportapp.store.spool_file import SpoolFile, SpoolRow
file = SpoolFile.create(Path(sys.argv[1]))
for number in range(1000):
    file.add([SpoolRow("ana", "Ana", "user", "admin", f"texto {number}", f"clave-{number}", "h")])
    print(number, flush=True)
"""


def row(number: int, text: str = "hola") -> SpoolRow:
    return SpoolRow("ana", "Ana", "user", "admin", text, f"clave-{number}", "h")


def test_entries_come_back_in_their_order_once_and_unchanged(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path / "spool")
    file.add([row(2, "línea 1\nlínea 2 🎉 שלום"), row(1)])
    file.add([row(3), row(1, "otra vez")])
    assert file._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL: waits for the disk
    assert file.rows() == [row(2, "línea 1\nlínea 2 🎉 שלום"), row(1), row(3)]
    file.remove([("ana", "clave-2"), ("luis", "clave-1")])
    assert file.rows() == [row(1), row(3)]
    file.close()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path / "spool")
    file.add([row(1)])
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700
    file.close()


def test_an_empty_file_goes_with_its_process_and_a_full_one_stays(tmp_path: Path) -> None:
    for rows, left in (([], 0), ([row(1)], 1)):
        file = SpoolFile.create(tmp_path / str(left))
        file.add(rows)
        file.close()
        assert len(list((tmp_path / str(left)).glob("*.db"))) == left


def test_a_living_process_keeps_its_file(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path)
    assert SpoolFile.take(file.path) is None
    assert SpoolFile.left_behind(tmp_path) == []
    file.close()


def test_what_a_killed_process_said_is_kept_is_there(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPS_AND_SAYS_SO, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = -1
    while said < 20:
        said = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split()
    process.stdout.close()
    process.wait()
    said = int(rest[-1]) if rest else said
    (left,) = SpoolFile.left_behind(tmp_path)
    texts = [one.mensaje for one in left.rows()]
    assert texts[: said + 1] == [f"texto {number}" for number in range(said + 1)]
    assert len(texts) in (said + 1, said + 2)  # at most the one that it was about to say
    left.close()


def test_a_file_that_is_no_database_is_put_away_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "alt.db").write_bytes(b"no database at all" * 100)
    assert SpoolFile.left_behind(tmp_path) == []
    assert (tmp_path / "alt.broken").exists()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpoolRefused):
        SpoolFile.create(tmp_path / "file" / "spool")


def test_a_disk_that_refuses_keeps_none_of_a_batch(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path)
    file.add([row(1)])
    file._connection.execute("PRAGMA max_page_count = 5")  # SQLite's own way to be full
    with pytest.raises(SpoolRefused):
        file.add([row(number, "x" * 3000) for number in range(2, 20)])
    assert file.rows() == [row(1)]
    file._connection.execute("PRAGMA max_page_count = 1000")
    file.add([row(2)])
    assert len(file.rows()) == 2
    file.close()


def test_a_file_of_an_earlier_version_is_read_and_goes_on(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path)
    file.add([row(1)])
    file._connection.execute("ALTER TABLE pendientes DROP COLUMN sesion")
    file._connection.close()
    file._lock.close()
    [old] = SpoolFile.left_behind(tmp_path)
    assert [row.sesion for row in old.rows()] == [None]
    old.add([SpoolRow("ana", "Ana", "user", "admin", "otro", "clave-2", "h", 12.5)])
    assert [row.sesion for row in old.rows()] == [None, 12.5]
    old.close()
