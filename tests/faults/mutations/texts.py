"""The promises about people's texts: `visible`, `links`, `signs` and `clock`."""

from tests.faults.mutations.mutant import Mutant

VISIBLE = "tests/test_visible.py"
MODULES = "tests/js/test_modules.py::test_the_modules_of_the_client_script"
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
    Mutant(
        "signs", "the preview ends in the middle of a flag", "supportapp/desk/batch.py",
        'cut(" ".join(cut(text, 4 * PREVIEW).split()), PREVIEW)', '" ".join(text.split())[:PREVIEW]', VISIBLE,
    ),
    Mutant(
        "clock", "the page goes by the device's clock", "static/js/now.js",
        "this.#device() + this.#ahead", "this.#device()", MODULES,
    ),
    Mutant(
        "clock", "a row tells the same time twice", "static/js/times.js",
        "last.hidden = told(last) === told(since)", "last.hidden = false", MODULES,
    ),
)  # fmt: skip
