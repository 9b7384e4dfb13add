"""Every text that people read can be translated, and is."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

from supportapp.config import PROJECT
from supportapp.web import i18n
from supportapp.web.drawing import TEMPLATES

TRANSLATED = [lang for lang in i18n.LANGUAGES if lang != i18n.SOURCE_LANGUAGE]
METHODS = [("supportapp/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
READ_ALOUD = {"placeholder", "title", "aria-label", "alt", "aria-description", "label", "data-titulo"}
NOT_LANGUAGE = {"English", "Español"}
"""Names of languages are written in the language itself."""
HOLE = re.compile(r"%\(\w+\)s|%s")


def texts_in_sources() -> set[str]:
    found: set[str] = set()
    for _, _, text, _, _ in extract_from_dir(PROJECT, METHODS, OPTIONS):
        found |= {text} if isinstance(text, str) else {part for part in text if isinstance(part, str)}
    return found


def catalogue(lang: str) -> Catalog:
    with i18n.catalogue_files(lang)[0].open("rb") as file:
        return read_po(file, locale=lang)


def entries(lang: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(texts, translations): two of each where there is a plural."""
    for message in catalogue(lang):
        if message.id:
            yield as_tuple(message.id), as_tuple(message.string)


def as_tuple(side: Any) -> tuple[str, ...]:
    return (side,) if isinstance(side, str) else tuple(side)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_is_translated(lang: str) -> None:
    translated = {text for texts, strings in entries(lang) if all(strings) for text in texts}
    assert texts_in_sources() - translated == set(), "run pybabel extract and update (CONTRIBUTING)"


@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_translation_is_doubtful_or_left_over(lang: str) -> None:
    assert [message.id for message in catalogue(lang) if message.fuzzy and message.id] == []
    assert not catalogue(lang).obsolete
    assert {text for texts, _ in entries(lang) for text in texts} - texts_in_sources() == set()


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_fills_the_same_holes(lang: str) -> None:
    for texts, strings in entries(lang):
        for text, string in zip(texts, strings, strict=True):
            assert sorted(HOLE.findall(text)) == sorted(HOLE.findall(string)), text


def without_template_code(source: str) -> str:
    """`source` with what is translated or computed blanked, so that only fixed texts are left."""
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", source, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.DOTALL)


class FixedTexts(HTMLParser):
    """Collects what a reader sees or hears without it being translated."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in READ_ALOUD and value]
        if tag in {"button", "input"}:
            types = dict(attrs).get("type")
            self.found += [value for name, value in attrs if name == "value" and value and types == "submit"]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def fixed_texts(source: str) -> list[str]:
    parser = FixedTexts()
    parser.feed(without_template_code(source))
    parser.close()
    texts = (text.strip() for text in parser.found)
    return [text for text in texts if re.search(r"[^\W\d_]", text) and text not in NOT_LANGUAGE]


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_template_has_a_text_that_is_not_translated(path: Path) -> None:
    assert fixed_texts(path.read_text()) == []


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_template_writes_a_text_from_within_its_code(path: Path) -> None:
    env = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    outputs = re.findall(r"\{\{-?\s*(.*?)\s*-?\}\}", path.read_text(), flags=re.DOTALL)
    literals = [
        text
        for output in outputs
        for text in re.findall(r"""["']([^"']*)["']""", re.sub(r"_\((.*?)\)", "", output))
    ]
    assert env.parse(path.read_text())
    assert [
        text
        for text in literals
        if re.search(r"[áéíóúñ¿¡]|[^\W\d_]{2,}\s+[^\W\d_]{2,}", text) and "-" not in text
    ] == []


def test_the_finder_finds() -> None:
    assert fixed_texts('<p>Hola</p><input placeholder="Nombre"><img alt="{{ _("Foto") }}">') == [
        "Hola",
        "Nombre",
    ]
    assert fixed_texts('<p>{% trans %}Hola{% endtrans %} {{ nombre }} · 5</p><a aria-label="Ir">') == ["Ir"]


def test_a_stale_compiled_catalogue_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Hola"\nmsgstr "Hello"\n'
    )
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    assert i18n.load_catalogues()["en"].gettext("Hola") == "Hello"
    assert i18n.compile_catalogues() == [folder / "messages.mo"]
    assert i18n.load_catalogues()["en"].gettext("Hola") == "Hello"
    source = (folder / "messages.po").read_text().replace("Hello", "Hi")
    (folder / "messages.po").write_text(source)
    future = (folder / "messages.mo").stat().st_mtime + 5
    __import__("os").utime(folder / "messages.po", (future, future))
    assert i18n.load_catalogues()["en"].gettext("Hola") == "Hi"
    assert i18n.load_catalogues()["es"].gettext("Hola") == "Hola"
