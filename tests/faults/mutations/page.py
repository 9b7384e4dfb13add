"""The promises of the page: widths, jumps, drafts, input methods, tabs, signing out, loads that fail."""

from tests.faults.mutations.mutant import Mutant

HANDS = "tests/browser/test_hands.py"
SHAPES = "tests/browser/test_shapes.py"

MUTANTS = (
    Mutant(
        "width",
        "a hidden name of a continued message widens the page",
        "static/css/soporte.css",
        ".message { position: relative;",
        ".message {",
        f"{SHAPES}::test_nothing_jumps_on_a_slow_line",
    ),
    Mutant(
        "width",
        "a long name widens its row",
        "static/css/soporte.css",
        ".conversation-link { display: grid; grid-template-columns: minmax(0, 1fr);",
        ".conversation-link { display: grid;",
        f"{SHAPES}::test_no_page_is_wider_than_its_window_and_the_header_has_one_height[desks_page]",
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
        f"{HANDS}::test_signing_out_leaves_nothing_here_and_the_other_tab_is_dead",
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
        'this.#show(this.#texts.get("carga"));',
        "",
        f"{HANDS}::test_what_could_not_be_loaded_is_said_in_the_panel_and_tried_again",
    ),
)
