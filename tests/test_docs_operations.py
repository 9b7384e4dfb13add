"""What operators copy works: alerts and dashboard name figures that exist, the examples agree with the program."""

import json
import re
from pathlib import Path

import pytest

from supportapp.asgi import Application
from supportapp.config import Settings
from supportapp.processes.together import together
from tests.conftest import JWT_SECRET

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
NAME = re.compile(r"\b(?:soporte|process)_[a-z0-9_]+\b")
LABELLED = re.compile(r"(soporte_\w+)\{(\w+)=~?\"")


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all lines of `/metrics`, as Prometheus stores them."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path_factory.mktemp('docs')}/x.db",
        jwt_secret=JWT_SECRET,
        redis_url="redis://localhost/0",
        canary=True,
        metrics_token="a token for Prometheus",
    )
    metrics = Application(settings).desk.metrics
    page = together({"1": metrics.text().decode()}, wanted=2, died=0).decode()
    names = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE):
        suffixes = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
        names |= {name + suffix for suffix in suffixes}
    return names


def expressions() -> list[str]:
    board = json.loads((ROOT / "docs" / "dashboard.json").read_text())
    drawn = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = re.findall(r"^ +expr: (.+)$", (EXAMPLES / "alerts.yml").read_text(), re.MULTILINE)
    return [*drawn, *map(json.loads, rules)]


def test_every_figure_of_alerts_and_dashboard_exists(figures: set[str]) -> None:
    named = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(named) > 25
    assert sorted(named - figures) == []
    assert "soporte_emit_lag_seconds_bucket" not in figures  # a name that is gone would be found


def test_every_figure_of_ours_can_be_seen_somewhere(figures: set[str]) -> None:
    named = {name for expression in expressions() for name in NAME.findall(expression)}
    stems = {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in named}
    ours = {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in figures if name.startswith("soporte_")}
    about = {"soporte_spool_bytes", "soporte_pool_in_use", "soporte_tasks", "soporte_outages_total"}
    left = {name for name in ours - stems - about if "canary" not in name and not name.endswith("_created")}
    assert left == set()


def test_labels_that_alerts_choose_by_exist() -> None:
    papers = (ROOT / "docs" / "operations.md").read_text()
    for expression in expressions():
        for name, label in LABELLED.findall(expression):
            assert re.search(rf"`{name}\{{[^}}]*\b{label}\b", papers), (name, label)


def test_alerts_are_read_by_machines() -> None:
    text = (EXAMPLES / "alerts.yml").read_text()
    names = re.findall(r"- alert: (\w+)$", text, re.MULTILINE)
    assert len(names) == len(set(names)) == text.count(" expr: ") == text.count(" summary: ")


def test_the_container_file_copies_what_is_there_and_has_no_root() -> None:
    text = (EXAMPLES / "Containerfile").read_text()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists(), path
    final = text.split("\nFROM ")[-1]
    assert re.search(r"^USER [1-9]\d+$", final, re.MULTILINE)
    assert final.index("USER ") < final.index("ENTRYPOINT ")
    environment = set(re.findall(r"\b([A-Z_]+)=", re.findall(r"^ENV (.+)$", final, re.MULTILINE)[0]))
    assert environment - {"PYTHONDONTWRITEBYTECODE"} <= {name.upper() for name in Settings.model_fields}


def test_proxies_do_not_take_a_restart_for_the_end() -> None:
    assert re.search(r"server \S+ max_fails=0;", (EXAMPLES / "nginx.conf").read_text())
    assert "fail_duration 0" in (EXAMPLES / "Caddyfile").read_text()
