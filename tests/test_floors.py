"""The house stands: nothing imports upwards, every thing has its one place, nothing is too long."""

from pathlib import Path
from statistics import median

import pytest

from tests import floors

ROOT = Path(__file__).resolve().parent.parent
SENTENCE = '"""For the test."""\n'
LONG_FUNCTION = "def long() -> None:\n" + "    print()\n" * 40

# A rule, the sample that breaks it, and a neighbour that does not.
SAMPLES = {
    "a room imports from above": (
        floors.import_from_above,
        {"supportapp.store.users": "from supportapp.desk.viewer import Viewer", "supportapp.desk.viewer": ""},
        {"supportapp.desk.viewer": "from supportapp.store.users import User", "supportapp.store.users": ""},
    ),
    "a room imports a whole module from above": (
        floors.import_from_above,
        {"supportapp.config": "import supportapp.asgi", "supportapp.asgi": ""},
        {"supportapp.asgi": "import supportapp.config", "supportapp.config": ""},
    ),
    "the two doors know each other": (
        floors.import_from_above,
        {"supportapp.web.pages": "from supportapp.realtime import hub", "supportapp.realtime.hub": ""},
        {"supportapp.web.pages": "from supportapp.desk import desk", "supportapp.desk.desk": ""},
    ),
    "a room without a floor": (
        floors.import_from_above,
        {"supportapp.attic": "from supportapp.errors import SupportError", "supportapp.errors": ""},
        {"supportapp.desk.attic": "from supportapp.errors import SupportError", "supportapp.errors": ""},
    ),
    "a circle over three modules": (
        floors.import_in_circle,
        {
            "supportapp.desk.a": "from supportapp.desk import b",
            "supportapp.desk.b": "from supportapp.desk.c import C",
            "supportapp.desk.c": "import supportapp.desk.a",
        },
        {"supportapp.desk.a": "from supportapp.desk import b", "supportapp.desk.b": ""},
    ),
    "a relative import": (
        floors.import_relative,
        {"supportapp.desk.a": "from . import b"},
        {"supportapp.desk.a": "from supportapp.desk import b"},
    ),
    "an import inside a function": (
        floors.import_in_function,
        {"supportapp.desk.a": "class A:\n    async def b(self):\n        import json"},
        {"supportapp.desk.a": "import json\nclass A:\n    async def b(self):\n        json.loads('1')"},
    ),
    "a text file in the locale's encoding": (
        floors.text_without_encoding,
        {"supportapp.desk.a": "import os\nos.fdopen(1, 'w')"},
        {"supportapp.desk.a": "import os\nos.fdopen(1, 'w', encoding='utf-8')\nos.fdopen(1, 'rb')"},
    ),
    "a statement outside store": (
        floors.sql_outside_store,
        {"supportapp.desk.a": "x = f'''\n  SELECT id FROM mensajes WHERE id > {1}'''"},
        {
            "supportapp.desk.a": '"""SELECT is explained here."""\nx = "Select a person, then UPDATE what you like"'
        },
    ),
    "a statement that writes outside store": (
        floors.sql_outside_store,
        {"supportapp.web.a": "db.execute('UPDATE usuarios SET activo = 0')"},
        {"supportapp.store.a": "db.execute('UPDATE usuarios SET activo = 0')"},
    ),
    "a driver outside store": (
        floors.sql_outside_store,
        {"supportapp.desk.a": "from sqlite3 import connect"},
        {"supportapp.store.a": "from sqlite3 import connect"},
    ),
    "an emit outside the hub": (
        floors.emit_outside_hub,
        {"supportapp.realtime.events": "async def a(sio):\n    await sio.emit('x')"},
        {"supportapp.realtime.hub": "async def a(sio):\n    await sio.emit('x')"},
    ),
    "a template drawn outside web": (
        floors.drawing_outside_web,
        {"supportapp.realtime.events": "async def a():\n    return await render_template('x')"},
        {"supportapp.web.pages": "async def a():\n    return await render_template('x')"},
    ),
    "the environment read outside config": (
        floors.environment_outside_config,
        {"supportapp.server": "import os\nx = os.environ['PORT']"},
        {"supportapp.config": "import os\nx = os.environ['PORT']"},
    ),
    "the environment imported outside config": (
        floors.environment_outside_config,
        {"supportapp.server": "from os import getenv"},
        {"supportapp.server": "from os import getpid"},
    ),
    "a dictionary that lives in a module": (
        floors.state_in_module,
        {"supportapp.desk.a": "CACHE: dict[str, int] = {}"},
        {
            "supportapp.desk.a": "NAMES = ('ana', 'luis')\nclass A:\n    def __init__(self):\n        self.cache = {}"
        },
    ),
    "a global": (
        floors.state_in_module,
        {"supportapp.desk.a": "n = 0\ndef a():\n    global n\n    n += 1"},
        {"supportapp.desk.a": "n = 0\ndef a():\n    return n"},
    ),
    "a function of 41 lines": (
        floors.function_too_long,
        {"supportapp.desk.a": LONG_FUNCTION},
        {"supportapp.desk.a": LONG_FUNCTION.removesuffix("    print()\n")},
    ),
    "a module of 251 lines": (
        floors.module_too_long,
        {"supportapp.desk.a": SENTENCE + "\n" * 250},
        {"supportapp.desk.a": SENTENCE + "\n" * 249},
    ),
    "a module that does not say what it is for": (
        floors.module_without_sentence,
        {"supportapp.desk.a": "x = 1"},
        {"supportapp.desk.a": SENTENCE + "x = 1"},
    ),
    "a template of 46 lines": (
        floors.templates_too_long,
        {"a.html": "<p>\n" * 46},
        {"a.html": "<p>\n" * 45},
    ),
}


@pytest.fixture(scope="module")
def modules() -> floors.Modules:
    modules = floors.read_modules(ROOT)
    assert {
        "supportapp",
        "supportapp.config",
        "supportapp.store.users",
        "supportapp.cli.serve",
    } <= modules.keys()
    return modules


@pytest.mark.parametrize("rule", floors.RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rule(rule: floors.Rule, modules: floors.Modules) -> None:
    assert "\n".join(rule(modules)) == ""


def test_templates_are_short() -> None:
    templates = {
        str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "templates").rglob("*.html")
    }
    assert templates
    assert "\n".join(floors.templates_too_long(templates)) == ""


@pytest.mark.parametrize("name", SAMPLES)
def test_a_broken_rule_is_found(name: str) -> None:
    rule, bad, good = SAMPLES[name]
    assert list(rule(bad))
    assert list(rule(good)) == []


def test_every_rule_is_proven() -> None:
    proven = {rule for rule, _, _ in SAMPLES.values()}
    assert {*floors.RULES, floors.templates_too_long} == proven


def test_sizes_in_the_middle(modules: floors.Modules) -> None:
    functions = [floors.lines(function) for _, function in floors.functions(modules)]
    sizes = sorted(source.count("\n") for source in modules.values())
    assert median(functions) <= 8
    assert sizes[int(len(sizes) * 0.9)] <= 150


def test_migrations_are_read_under_any_locale() -> None:
    """The library that applies them reads them in the locale's encoding."""
    for file in ROOT.glob("sql/*/*.sql"):
        assert file.read_bytes().isascii(), file.name
