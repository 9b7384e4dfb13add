"""Whoever adds a setting or a command also says so in the papers."""

import re
from pathlib import Path

import pytest

from supportapp.cli import WHERE
from supportapp.config import ADDON_VARIABLES, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
PAPERS = README + "".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))
NAMES = [*(name.upper() for name in Settings.model_fields), *ADDON_VARIABLES]


def mentioned(word: str, papers: str) -> bool:
    """Whether `word` stands in the papers as a word of its own, marked as code."""
    return bool(re.search(rf"`[^`\n]*(?<![\w-]){re.escape(word)}(?![\w-])[^`\n]*`", papers))


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str) -> None:
    assert mentioned(name, PAPERS)


@pytest.mark.parametrize("command", WHERE)
def test_every_command_is_documented(command: str) -> None:
    assert mentioned(command, README)


def test_the_table_of_the_readme_names_no_setting_that_is_gone() -> None:
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", README, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert "DATABASE_URL" in named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_defaults_in_the_readme_are_the_real_ones() -> None:
    for name, field in Settings.model_fields.items():
        row = re.search(rf"^\| `{name.upper()}` \| `([^`]+)` \|", README, re.MULTILINE)
        if row and isinstance(field.default, str | int) and not isinstance(field.default, bool):
            assert row[1] == str(field.default), name


@pytest.mark.parametrize("word", ["NEW_SETTING", "dance", "DATABASE", "create"])
def test_what_is_not_documented_is_found(word: str) -> None:
    assert not mentioned(word, PAPERS)


def test_every_target_of_the_makefile_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("setup", "run", "demo", "test", "check", "lint", "format", "types", "docs", "screenshots"):
        assert re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE), target
    for target in ("run", "demo", "test", "check"):
        assert mentioned(target, README) or f"make {target}" in README, target
