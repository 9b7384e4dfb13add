"""One way to break the code, and the test that must notice."""

from dataclasses import dataclass

PROPERTIES = "tests/faults/test_properties.py"
SCHEDULES = "tests/faults/test_short_schedules.py::test_no_promise_is_broken"


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` in `file` becomes `new`, and `test` must notice."""

    promise: str
    what: str
    file: str
    old: str
    new: str
    test: str = PROPERTIES
