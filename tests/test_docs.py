"""What can be seen from outside is documented: routes, events, errors, tables; and every link leads somewhere."""

import re
from pathlib import Path

import pytest

from supportapp.asgi import Application
from supportapp.cli import WHERE
from supportapp.config import Settings
from supportapp.errors import SENTENCES
from tests.conftest import JWT_SECRET

PROJECT = Path(__file__).resolve().parents[1]
PAPERS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")])
PROSE = "\n".join(path.read_text() for path in PAPERS)
EVENT = re.compile(r'"((?:mensaje_|leido|entregado|escribiendo|presencia|latido|sincronizar)\w*)"')


@pytest.fixture
def app(tmp_path: Path) -> Application:
    return Application(Settings(database_url=f"sqlite:///{tmp_path}/x.db", jwt_secret=JWT_SECRET))


def test_every_route_is_documented(app: Application) -> None:
    routes = {rule.rule for rule in app.web.url_map.iter_rules()} | {"/metrics"}  # only there by its setting
    assert "/soporte/mensajes" in routes
    missing = [
        route
        for route in sorted(routes)
        if f"`{spelled(route)}" not in PROSE.replace("GET ", "").replace("POST ", "")
    ]
    assert not missing


def spelled(route: str) -> str:
    """A route as papers spell it: `/soporte/c/{usuario}`."""
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", route)


def test_every_event_is_documented() -> None:
    sources = [*(PROJECT / "supportapp/realtime").glob("*.py")]
    events = {name for path in sources for name in EVENT.findall(path.read_text())}
    assert {"mensaje_privado", "mensaje_recibido", "leido"} <= events
    assert not [event for event in events if f"`{event}`" not in PROSE]


def test_every_error_is_documented() -> None:
    assert not [code for code in SENTENCES if f"`{code}`" not in PROSE]


def test_every_figure_is_documented(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/x.db",
        jwt_secret=JWT_SECRET,
        redis_url="redis://localhost/0",
        canary=True,
    )
    registry = Application(settings).desk.metrics.registry
    figures = {metric.name for metric in registry.collect() if metric.name.startswith("soporte_")}
    assert {"soporte_sockets", "soporte_canary_lost", "soporte_redis_healthy"} <= figures
    assert not [figure for figure in sorted(figures) if f"`{figure}" not in PROSE]


def test_every_table_is_documented() -> None:
    created = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
    for folder in ("mysql", "sqlite"):
        tables = {
            t for path in (PROJECT / "sql" / folder).glob("*.sql") for t in created.findall(path.read_text())
        }
        assert "mensajes" in tables
        assert not [table for table in tables if f"`{table}`" not in PROSE]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(paper: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text()):
        assert (paper.parent / target).exists(), target


def test_every_contract_line_has_a_test() -> None:
    tests = "\n".join(path.read_text() for path in (PROJECT / "tests").rglob("*.py"))
    numbers = [f"c{number:02}" for number in range(1, 26)]
    assert not [number for number in numbers if f"test_{number}_" not in tests]


FIGURES = re.compile(r"`(soporte_\w+)")
COMMANDS = re.compile(r"python -m supportapp ([a-z][\w-]*)")
TARGETS = re.compile(r"`make ([a-z][\w-]*)")
PATHS = re.compile(r"`((?:supportapp|tests|docs|sql|static|templates|bin)/[\w./-]+\.\w+)`")
PAST = {"CHANGELOG.md"}
"""Tells of what was."""


def named(pattern: re.Pattern[str]) -> set[str]:
    return {name for path in PAPERS if path.name not in PAST for name in pattern.findall(path.read_text())}


def test_every_figure_that_papers_name_exists(tmp_path: Path) -> None:
    sources = "\n".join(path.read_text() for path in (PROJECT / "supportapp").rglob("*.py"))
    stem = re.compile(r"_(?:bucket|sum|count|total)$")
    there = set(re.findall(r"soporte_[a-z_]+", sources))
    wrong = {
        name
        for name in named(FIGURES)
        if stem.sub("", name) not in there
        and not any(name.startswith(one.rstrip("_")) for one in there if "canary" in one)
    }
    assert not wrong


def test_every_command_target_and_file_that_papers_name_exists() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert not named(COMMANDS) - set(WHERE)
    assert not named(TARGETS) - targets
    assert not {path for path in named(PATHS) if not (PROJECT / path).exists()}


def test_every_alarm_that_papers_name_is_logged() -> None:
    words = re.search(
        r"Warnings worth an alarm: (.*?)\.\n", (PROJECT / "docs/operations.md").read_text(), re.DOTALL
    )
    assert words
    alarms = re.findall(r"`([^`]+)`", words[1])
    source = "".join(path.read_text() for path in (PROJECT / "supportapp").rglob("*.py"))
    assert len(alarms) > 10
    assert [alarm for alarm in alarms if alarm not in source] == []
