"""Scripts, styles and images: bundled, or as they are written, under addresses that change with what they hold."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from hypercorn.typing import ASGIFramework
from servestatic import ServeStaticASGI

from supportapp.config import PROJECT

STATIC = PROJECT / "static"
SOURCES = ("css", "js", "img", "vendor")
"""Of `static/`, only these and the bundle are served: beside them lie the packages they are built from."""
BUNDLE = "build"
MANIFEST = "build.json"
COMPRESSED = (".br", ".gz")
HASH = re.compile(r"(?<=^/static)/[0-9a-f]{16}(?=/)|-[0-9A-Z]{8}(?=\.\w+$)")


def source_files(root: Path = STATIC) -> list[Path]:
    """Every file that pages may ask for as it is written, in a fixed order."""
    found = (path for folder in SOURCES for path in (root / folder).rglob("*"))
    return sorted(path for path in found if path.is_file() and path.suffix not in COMPRESSED)


def version(root: Path = STATIC) -> str:
    """The hash over all of them: one changed byte changes every address, so that modules never mix."""
    digest = hashlib.blake2b(digest_size=8)
    for path in source_files(root):
        content = path.read_bytes()
        digest.update(b"%b\0%d\0%b" % (str(path.relative_to(root)).encode(), len(content), content))
    return digest.hexdigest()


def last_build(root: Path) -> tuple[str, dict[str, str]]:
    """The version of the sources that were bundled last, and what became of each; nothing where none were."""
    try:
        manifest = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "", {}
    return manifest["version"], manifest["files"]


def bundled(root: Path = STATIC, current: str | None = None) -> dict[str, str]:
    """`{"js/soporte.js": "soporte-4ZNV3DQR.js", …}`; empty where nothing was bundled, or its sources changed since.

    `current`: their `version`, where it is known already.
    """
    built, files = last_build(root)
    there = all((root / BUNDLE / name).exists() for name in files.values())
    return files if there and built == (current or version(root)) else {}


class StaticFiles(ServeStaticASGI):
    """Serves `/static/<name>-<hash>.<suffix>` and `/static/<version>/…`, and hands everything else to `application`.

    While servers are replaced one by one, pages of the version before ask for its files: a hash that is unknown is
    answered with what has the name now, and may not be kept.
    """

    def __init__(self, application: ASGIFramework, headers: dict[str, str], root: Path = STATIC) -> None:
        self._headers = headers
        self._root = root
        self._version = version(root)
        self._bundled = bundled(root, self._version)
        super().__init__(
            application, max_age=None, allow_all_origins=False, add_headers_function=self._add_headers
        )
        for folder in SOURCES:
            if (root / folder).is_dir():
                self.add_files(root / folder, f"/static/{self._version}/{folder}/")
        if self._bundled:
            self.add_files(root / BUNDLE, "/static/")

    def url(self, path: str) -> str:
        """The address of `path`, such as `js/soporte.js`."""
        return f"/static/{self._bundled.get(path, f'{self._version}/{path}')}"

    def text(self, path: str) -> str:
        """What the bundle made of `path`, to stand in a page; empty where files are served as they are written."""
        name = self._bundled.get(path)
        return (self._root / BUNDLE / name).read_text(encoding="utf-8") if name else ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # two spellings of ASGI
        if scope["type"] == "http" and scope["path"] not in self.files:
            named = HASH.sub("", scope["path"])
            if named in self.files:
                scope = {**scope, "path": named}
        await super().__call__(scope, receive, send)

    def add_file_to_dictionary(
        self,
        url: str,
        path: str,
        root: str | os.PathLike[str] | None = None,
        stat_cache: dict[str, os.stat_result] | None = None,
    ) -> None:
        """Under its hash, and under its name without one, which in the bundle only the latest has.

        Only the bundle has compressed twins: it never changes.
        """
        if Path(path).suffix in COMPRESSED or stat_cache is None:
            return
        in_bundle = Path(path).parent.name == BUNDLE
        old = in_bundle and Path(path).name not in self._bundled.values()
        for address in (url,) if old else (url, HASH.sub("", url)):
            super().add_file_to_dictionary(
                address, path, root, stat_cache if in_bundle else {path: stat_cache[path]}
            )

    def _add_headers(self, headers: Headers, path: str, url: str) -> None:
        forever = f"max-age={self.FOREVER}, public, immutable"
        headers["Cache-Control"] = forever if HASH.search(url) else "no-cache"
        for name, value in self._headers.items():
            headers[name] = value
