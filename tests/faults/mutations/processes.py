"""Several processes: none serves on alone, none counts alone, and nobody is turned away while they change."""

from tests.faults.mutations.mutant import Mutant

LINK = "tests/test_processes_link.py"
SEVERAL = "tests/test_processes_several.py"

MUTANTS = (
    Mutant(
        "processes", "one serves on when its parent is gone", "supportapp/processes/link.py",
        "            line.close()\n            leave()\n", "            line.close()\n",
        f"{SEVERAL}::test_none_serves_on_when_the_parent_is_killed",
    ),
    Mutant(
        "processes", "one of which a part has ended stays", "supportapp/processes/link.py",
        "if not self._whole():", "if False:", LINK,
    ),
    Mutant(
        "processes", "one that gives no sign of life stays", "supportapp/processes/child.py",
        "timeout(SILENCE if self.served else None)", "timeout(None)", LINK,
    ),
    Mutant(
        "processes", "one that is killed is not replaced", "supportapp/processes/parent.py",
        "while self._vacant(child.number) and not", "while not self._vacant(child.number) and not",
        f"{SEVERAL}::test_one_that_is_killed_is_replaced_while_the_others_go_on",
    ),
    Mutant(
        "processes", "the old ones go before the new one is there", "supportapp/processes/parent.py",
        "if fresh is None or not await fresh.serves():", "if fresh is None:",
        f"{SEVERAL}::test_a_roll_that_cannot_start_leaves_all_as_it_is",
    ),
    Mutant(
        "processes", "each counts sign-ins for itself", "supportapp/web/counts.py",
        "shared_memory() if descriptor is None else descriptor", "shared_memory()",
        "tests/web/test_attempts.py",
    ),
    Mutant(
        "processes", "two count at once", "supportapp/web/counts.py",
        "fcntl.lockf(self._descriptor, fcntl.LOCK_EX)", "pass", "tests/web/test_attempts.py",
    ),
    Mutant(
        "processes", "the figures of one stand for all", "supportapp/processes/together.py",
        'labels = f\'process="{number}"\' +', 'labels = \'process="1"\' +', LINK,
    ),
    Mutant(
        "operations", "refusals are not counted", "supportapp/desk/metrics.py",
        "        self._refused.labels(code).inc()\n", "        self._refused.labels(code)\n",
        "tests/realtime/test_metrics.py::test_who_is_refused_cut_late_or_waits_can_be_seen",
    ),
)  # fmt: skip
