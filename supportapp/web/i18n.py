"""The texts people read: Spanish in the sources, other languages from the catalogues in `translations/`."""

from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("es", "en")
SOURCE_LANGUAGE = "es"
TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


def load_catalogues() -> Mapping[str, NullTranslations]:
    """The texts of every language; a compiled catalogue is used where it is current, else the source is compiled."""
    return {
        lang: NullTranslations() if lang == SOURCE_LANGUAGE else load_catalogue(lang) for lang in LANGUAGES
    }


def load_catalogue(lang: str) -> NullTranslations:
    source, compiled = catalogue_files(lang)
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    return GNUTranslations(BytesIO(compile_catalogue(source)))


def compile_catalogues() -> list[Path]:
    """Write a `.mo` beside every `.po`, so that a start needs not compile them; returns what was written."""
    written = []
    for lang in LANGUAGES:
        if lang != SOURCE_LANGUAGE:
            source, compiled = catalogue_files(lang)
            compiled.write_bytes(compile_catalogue(source))
            written.append(compiled)
    return written


def compile_catalogue(source: Path) -> bytes:
    buffer = BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file))
    return buffer.getvalue()


def catalogue_files(lang: str) -> tuple[Path, Path]:
    source = TRANSLATIONS / lang / "LC_MESSAGES" / "messages.po"
    return source, source.with_suffix(".mo")
