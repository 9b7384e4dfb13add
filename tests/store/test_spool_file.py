"""The spool's file: on the disk when it says so, one process at a time, left for the next when its own is killed."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from supportapp.store.spool_file import SpoolFile, SpoolRefused, SpoolRow, left_in

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


STARTS = """
import sys
from pathlib import Path
from supportapp.store.spool_file import SpoolFile, left_in
folder = Path(sys.argv[1])
taken = 0
for _ in range(int(sys.argv[2])):
    left_in(folder.parent)
    own = SpoolFile.create(folder)
    for file in SpoolFile.left_behind(folder):
        rows = file.rows()
        taken += len(rows)
        file.remove([(row.de_usuario, row.id_cliente) for row in rows])
        file.close()
    own.close()
print(taken)
"""


def test_processes_that_start_together_share_what_is_left_and_stumble_over_nothing(tmp_path: Path) -> None:
    for number in range(60):
        file = SpoolFile.create(tmp_path / "epoca")
        file.add([row(number)])
        file.close()
    starting = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", STARTS, tmp_path / "epoca", "40"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60) for process in starting]
    assert [error for _, error in said] == ["", "", ""]
    assert sum(int(taken) for taken, _ in said) == 60
    assert list((tmp_path / "epoca").iterdir()) == []


def test_a_file_that_another_process_emptied_meanwhile_is_not_made_again(tmp_path: Path) -> None:
    assert SpoolFile.take(tmp_path / "gone.db") is None
    assert list(tmp_path.iterdir()) == []


def test_a_hundred_entries_go_in_one_transaction(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path)
    file.add([row(number) for number in range(100)])
    statements: list[str] = []
    file._connection.set_trace_callback(statements.append)
    file.remove([("ana", f"clave-{number}") for number in range(100)])
    assert (statements.count("COMMIT"), file.rows()) == (1, [])
    file.close()


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_may_not_be_read_is_said_in_one_line_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """As another user, which the tests cannot become: they may run as root."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = SpoolFile.create(tmp_path)
    file.add([row(1)])
    file.close()
    monkeypatch.setattr(os, "scandir" if what == "folder" else "open", refuse)
    with pytest.raises(SpoolRefused, match="Permission denied") as refused:
        SpoolFile.left_behind(tmp_path)
    assert len(str(refused.value).splitlines()) == 1
    assert file.path.exists()


def test_a_file_that_is_only_locked_is_not_put_away(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path)
    file.add([row(1)])
    file.close()
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SpoolRefused, match="locked"):
        SpoolFile.take(file.path)
    other.close()
    assert file.path.exists()
    taken = SpoolFile.take(file.path)
    assert taken is not None
    taken.close()


def test_what_nobody_works_on_is_named(tmp_path: Path) -> None:
    assert left_in(tmp_path / "nothing") == []
    alive, dead, empty = [SpoolFile.create(tmp_path / name) for name in ("viva", "muerta", "vacía")]
    for file in (alive, dead):
        file.add([row(1), row(2)])
    refused = dead.put_away(row(3), "a reason")
    assert dead.put_away(row(4), "two\nlines") == refused
    dead.close()
    empty._connection.close()
    os.close(empty._lock)
    (tmp_path / "muerta" / "alt.broken").touch()
    found = [(left.path, left.what, left.count) for left in left_in(tmp_path)]
    assert found == [
        (tmp_path / "muerta" / "alt.broken", "broken", 0),
        (refused, "refused", 2),
        (dead.path, "waiting", 2),
    ]
    assert stat.S_IMODE(refused.stat().st_mode) == 0o600
    alive.close()


def test_a_spool_that_was_removed_under_us_takes_nothing_more(tmp_path: Path) -> None:
    """What is `pendiente` lies on the disk under its name."""
    file = SpoolFile.create(tmp_path)
    file.add([row(1)])
    file.path.unlink()
    with pytest.raises(SpoolRefused):
        file.add([row(2)])
    file._connection.close()
    os.close(file._lock)


def test_a_file_of_an_earlier_version_is_read_and_goes_on(tmp_path: Path) -> None:
    file = SpoolFile.create(tmp_path)
    file.add([row(1)])
    for column in ("sesion", "sesion_clave"):
        file._connection.execute(f"ALTER TABLE pendientes DROP COLUMN {column}")
    file._connection.close()
    os.close(file._lock)
    [old] = SpoolFile.left_behind(tmp_path)
    assert [row.sesion for row in old.rows()] == [None]
    old.add([SpoolRow("ana", "Ana", "user", "admin", "otro", "clave-2", "h", 12.5, "s")])
    assert [(row.sesion, row.sesion_clave) for row in old.rows()] == [(None, None), (12.5, "s")]
    old.close()
