"""Each mutant still knows the place that it breaks: the code moves, and a mutant without a place proves nothing."""

import pytest

from tests.faults.mutants import ROOT, mutants
from tests.faults.mutations.mutant import Mutant


@pytest.mark.parametrize("mutant", list(mutants()), ids=lambda mutant: mutant.what)
def test_its_place_is_there_once_and_its_test_exists(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.old) == 1
    assert (ROOT / mutant.test.partition("::")[0]).exists()
