"""What moves in, is copied or is kept is whole."""

from tests.faults.mutations.mutant import Mutant

IMPORT, BESIDE = "tests/cli/test_importing.py", "tests/cli/test_importing_beside.py"
COPY, BACKUP = "tests/cli/test_copying.py", "tests/cli/test_backup.py"

MUTANTS = (
    Mutant(
        "moving",
        "what is there already is not asked for",
        "supportapp/desk/importing.py",
        "new = [one for one in found if one.key not in there]",
        "new = found",
        test=f"{IMPORT}::test_a_second_run_changes_nothing_and_fetches_what_has_come_since",
    ),
    Mutant(
        "moving",
        "people are remembered whoever writes meanwhile",
        "supportapp/desk/imported_memory.py",
        "raise Unknown(stale)",
        "pass",
        test=BESIDE,
    ),
    Mutant(
        "moving",
        "imported messages are unread",
        "supportapp/desk/imported_memory.py",
        "    return moved, whole and",
        "    return [], whole and",
        test=f"{IMPORT}::test_in_a_used_chat_nothing_of_it_changes",
    ),
    Mutant(
        "moving",
        "every imported message is told",
        "supportapp/desk/dispatcher.py",
        "row.id_cliente.startswith(\n                IMPORTED\n            )",
        "False",
        test=BESIDE,
    ),
    Mutant(
        "moving",
        "a copy that is broken off is a chat",
        "supportapp/store/copying.py",
        '        ("UPDATE secuencia SET valor = 0", None),\n',
        '        ("UPDATE secuencia SET valor = 9000000", None),\n',
        test=COPY,
    ),
    Mutant(
        "moving",
        "a backup is kept whatever the proof says",
        "supportapp/cli/backup.py",
        "        if wrong:\n",
        "        if False:\n",
        test=BACKUP,
    ),
)
