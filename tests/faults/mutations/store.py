"""What is acknowledged is on a disk under its name; the spool empties; unusual servers are borne."""

from tests.faults.mutations.mutant import Mutant

FILE, OUTAGE = "tests/store/test_sqlite_file.py", "tests/desk/test_outage.py"
SERVERS = "tests/store/test_mysql_settings.py"
MUTANTS = (
    Mutant(
        "writing", "a file that lost its name is written on", "supportapp/store/sqlite_file.py",
        "if self._look() == names:", "if names:", FILE,
    ),
    Mutant(
        "writing", "any database is taken for a copy of ours", "supportapp/store/sqlite_file.py",
        "and not lineage & self._lineage:", "and not names:", FILE,
    ),
    Mutant(
        "writing", "a counter that is behind is the message's fault", "supportapp/desk/committer.py",
        "if error.duplicate:", "if error.duplicate and not offers:", "tests/desk/test_writer.py",
    ),
    Mutant(
        "list", "the parts of an older name stay", "supportapp/store/grams.py",
        "DELETE FROM gramas WHERE usuario IN ({inside})", "DELETE FROM gramas WHERE 1 = 0 AND usuario IN ({inside})",
        "tests/store/test_grams.py",
    ),
    Mutant(
        "list", "who is not known by parts yet is not found", "supportapp/store/grams.py",
        " UNION SELECT usuario FROM usuarios /*! FORCE INDEX (usuarios_sin_gramas) */ WHERE sin_gramas = 1)", ")", "tests/store/test_grams.py",
    ),
    Mutant(
        "spool", "one message holds up all others for ever", "supportapp/desk/portion.py",
        "return self._alone >= ALONE", "return False", OUTAGE,
    ),
    Mutant(
        "spool", "a database that fails makes messages guilty", "supportapp/desk/restoring.py",
        "await self._committer.prove(patience)", "await self._committer.commit([], patience)", OUTAGE,
    ),
    Mutant(
        "spool", "a file that its process emptied is made again", "supportapp/store/spool_lock.py",
        "if not new and not path.exists():", "if new is None:", "tests/store/test_spool_file.py",
    ),
    Mutant(
        "spool", "former epochs are forgotten", "supportapp/desk/spool.py",
        ", *await select_former_epochs(database)]", "]", "tests/desk/test_spool_start.py",
    ),
    Mutant(
        "spool", "a start waits for everything that is left", "supportapp/desk/outage.py",
        "while not self._spool.empty and time.monotonic() < until:", "while not self._spool.empty:", OUTAGE,
    ),
    Mutant(
        "servers", "the session's character set is the server's", "supportapp/store/mysql_setup.py",
        '    await session.change("SET NAMES utf8mb4", {})\n', "", SERVERS,
    ),
    Mutant(
        "servers", "statements are as large as they come", "supportapp/store/mysql_session.py",
        "if len(packet) >= self.max_packet:", "if not packet:", SERVERS,
    ),
    Mutant(
        "servers", "a refused connection is an outage", "supportapp/store/pool.py",
        "if not self.used:", "if self._slots:", "tests/store/test_pool.py",
    ),
    Mutant(
        "servers", "the writer queues behind readers", "supportapp/store/backend.py",
        '"messages": [kept, others],', '"messages": [others, kept],', SERVERS,
    ),
)  # fmt: skip
