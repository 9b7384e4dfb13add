"""The promises of the page: widths, jumps, drafts, input methods, tabs, signing out, loads that fail or are not needed."""

from tests.faults.mutations.mutant import Mutant

FIRST = "tests/browser/test_first_visit.py"
HANDS = "tests/browser/test_hands.py"
WALK = "tests/browser/test_shapes.py::test_no_page_is_wider_than_its_window_and_the_header_has_one_height"

MUTANTS = (
    Mutant(
        "width",
        "the header grows with what it says",
        "static/css/soporte.css",
        "align-items: center; height: calc(3rem + env(safe-area-inset-top));",
        "align-items: center; flex-wrap: wrap; min-height: 3rem;",
        f"{WALK}[users_page]",
    ),
    Mutant(
        "width",
        "a long name widens its row",
        "static/css/soporte.css",
        ".conversation-times { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }",
        ".conversation-times { white-space: nowrap; }",
        f"{WALK}[desks_page]",
    ),
    Mutant(
        "drafts",
        "two tabs share one draft",
        "static/js/draft.js",
        "${encodeURIComponent(con)}/${this.#tab}`",
        "${encodeURIComponent(con)}/`",
        "tests/js/test_modules.py",
    ),
    Mutant(
        "typing",
        "Enter that confirms in Safari sends",
        "static/js/composer.js",
        "|| event.keyCode === COMPOSING ",
        "",
        f"{HANDS}::test_enter_that_confirms_an_input_method_does_not_send",
    ),
    Mutant(
        "tabs",
        "every tab polls",
        "static/js/connection.js",
        'transports: ["websocket"],',
        'transports: ["websocket", "polling"],',
        "tests/browser/test_polling_tabs.py",
    ),
    Mutant(
        "sign-out",
        "drafts stay on the device",
        "static/js/leaving.js",
        "  new Drafts(usuario, place.localStorage).clear();\n",
        "",
        f"{HANDS}::test_the_page_that_asks_before_signing_out_forgets_as_well",
    ),
    Mutant(
        "sign-out",
        "the other tabs are not told",
        "static/js/leaving.js",
        "  tabs.tell();\n",
        "",
        f"{HANDS}::test_signing_out_leaves_nothing_here_and_the_other_tab_is_dead",
    ),
    Mutant(
        "loading",
        "a load that failed is not told",
        "static/js/news.js",
        'this.#show(this.#texts.get("carga"), "fallo", "reintentar");',
        "",
        f"{HANDS}::test_what_could_not_be_loaded_is_said_in_the_panel_and_tried_again",
    ),
    Mutant(
        "loading",
        "a part that is missing is not told",
        "static/js/parts.js",
        "this.#missing(this.#failed.size > 0);",
        "this.#missing(false);",
        f"{FIRST}::test_a_part_that_cannot_be_loaded_is_told_and_loads_anew",
    ),
    Mutant(
        "first-visit",
        "an own message is fetched at its acknowledgement and at its event",
        "static/js/outgoing.js",
        "return this.#asked.delete(id);",
        "return false;",
        f"{FIRST}::test_an_own_message_is_fetched_once",
    ),
    Mutant(
        "first-visit",
        "a page just drawn fetches what it shows",
        "static/js/live.js",
        "if (this.#drawn && answer.filas?.length === 0)",
        "if (false)",
        f"{FIRST}::test_a_first_visit_asks_seldom_and_not_again_for_what_it_shows",
    ),
    Mutant(
        "first-visit",
        "a page just drawn takes itself for complete",
        "static/js/live.js",
        "answer.filas?.length === 0",
        "answer.ok",
        f"{FIRST}::test_what_comes_between_the_page_and_its_socket_is_shown",
    ),
    Mutant(
        "rolling",
        "a file of the version before is not there",
        "supportapp/web/static.py",
        "            if named in self.files:",
        "            if False:",
        "tests/web/test_static_files.py",
    ),
    Mutant(
        "rolling",
        "what stands in for a file of the version before is kept for ever",
        "supportapp/web/static.py",
        'forever if HASH.search(url) else "no-cache"',
        "forever",
        "tests/web/test_static_files.py",
    ),
)
