"""The templates: one synchronous environment a language, with the same names for every page and fragment."""

from collections.abc import Callable, Mapping
from functools import partial
from gettext import NullTranslations
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from supportapp.config import PROJECT
from supportapp.errors import N_
from supportapp.store.messages import iso
from supportapp.web import filters
from supportapp.web.addresses import in_path

TEMPLATES = PROJECT / "templates"


class Compiled(BytecodeCache):
    """What templates were compiled to, whatever the language: it looks its texts up when it draws."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._buckets.get(bucket.key)
        if known and known.checksum == bucket.checksum:
            bucket.code = known.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._buckets[bucket.key] = bucket


COMPILED = Compiled()


class Drawing:
    """Draws templates in a language.

    Not Quart's own environment: compiled for `await`, it draws a page of fifty messages a fifth slower,
    and nothing here waits while it draws.
    """

    def __init__(self, catalogues: Mapping[str, NullTranslations], names: Mapping[str, Any]) -> None:
        self._catalogues = catalogues
        self._environments = {lang: environment(lang, texts, names) for lang, texts in catalogues.items()}

    def draw(self, lang: str, template: str, context: Mapping[str, Any]) -> str:
        return self._environments[lang].get_template(template).render(context)

    def text(self, lang: str, sentence: str) -> str:
        """`sentence`, a Spanish msgid, in `lang`."""
        return self._catalogues[lang].gettext(sentence)


def environment(lang: str, texts: NullTranslations, names: Mapping[str, Any]) -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=COMPILED,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    env.globals |= {**names, "lang": lang, "ahora_ms": filters.ahora_ms}
    env.filters |= template_filters(lang, texts)
    return env


def template_filters(lang: str, texts: NullTranslations) -> dict[str, Callable[..., Any]]:
    return {
        "iso": iso,
        "fecha_larga": filters.fecha_larga,
        "hora": filters.hora,
        "dia": filters.dia,
        "dia_largo": partial(filters.dia_largo, lang=lang),
        "durante": partial(filters.durante, lang=lang),
        "hace": partial(filters.hace, lang=lang, now=texts.gettext(N_("ahora"))),
        "enlaces": filters.enlaces,
        "en_ruta": in_path,
    }
