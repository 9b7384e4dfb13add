"""The promises about people's texts: `visible` and `links`."""

from tests.faults.mutations.mutant import Mutant

VISIBLE = "tests/test_visible.py"
LINKS = "tests/web/test_links.py"

MUTANTS = (
    Mutant(
        "visible", "only white space is empty", "supportapp/visible.py",
        "return VISIBLE.search(text) is not None", "return bool(text.strip())", VISIBLE,
    ),
    Mutant(
        "visible", "the page takes a filler for a letter", "static/js/visible.js",
        "2060-206f 2800 3164", "2060-206f 2800", VISIBLE,
    ),
    Mutant(
        "links", "brackets are not balanced", "supportapp/web/links.py",
        "(opener and not depth[opener])", "False", LINKS,
    ),
    Mutant(
        "links", "every address of a message is a link", "supportapp/web/links.py",
        "MAX_LINKS = 20", "MAX_LINKS = 4000", LINKS,
    ),
)  # fmt: skip
