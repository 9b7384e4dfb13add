"""Scripts, styles and images under `/static/<hash of all>/…`, which browsers may keep for ever."""

import hashlib
import os
import re
from pathlib import Path
from wsgiref.headers import Headers

from hypercorn.typing import ASGIFramework
from servestatic import ServeStaticASGI
from servestatic.compress import Compressor

from supportapp.config import PROJECT

STATIC = PROJECT / "static"
PUBLISHED = ("css", "js", "img", "vendor")
"""Of `static/`, only these are served: beside them lie the packages they are built from."""
COMPRESSED = (".br", ".gz")
COMMENT = re.compile(rb"^[ \t]*(?://.*|/\*(?!!)(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.MULTILINE)
"""Whole lines; not the licences of others, which begin with `/*!`."""


class WithoutComments(Compressor):
    """What is sent has no comments: they were a fifth of what a first visit weighs of our own."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return Compressor.compress_brotli(COMMENT.sub(b"", data))

    @staticmethod
    def compress_gzip(data: bytes) -> bytes:
        return Compressor.compress_gzip(COMMENT.sub(b"", data))


def published_files(root: Path = STATIC) -> list[Path]:
    """Every file that is served, without the compressed twins, in a fixed order."""
    found = (path for folder in PUBLISHED for path in (root / folder).rglob("*"))
    return sorted(path for path in found if path.is_file() and path.suffix not in COMPRESSED)


def version(root: Path = STATIC) -> str:
    """The hash over all served files: one changed byte changes every address, so that modules never mix."""
    digest = hashlib.blake2b(digest_size=8)
    for path in published_files(root):
        content = path.read_bytes()
        digest.update(b"%b\0%d\0%b" % (str(path.relative_to(root)).encode(), len(content), content))
    return digest.hexdigest()


def compress_static(root: Path = STATIC) -> list[Path]:
    """Write the `.br` and `.gz` twins that are missing or stale; returns the files that were compressed."""
    compressor = WithoutComments(use_zstd=False, quiet=True)
    stale = [
        path for path in published_files(root) if compressor.should_compress(path.name) and is_stale(path)
    ]
    for path in stale:
        for twin in compressor.compress(str(path)):
            assert Path(twin).suffix in COMPRESSED
    return stale


def is_stale(path: Path) -> bool:
    return not any(is_current(twin) for twin in twins(path))


def twins(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in COMPRESSED]


def is_current(twin: Path) -> bool:
    """Whether a compressed twin was made from what its source holds now; it has its source's time."""
    source = twin.with_suffix("")
    return twin.exists() and abs(twin.stat().st_mtime - source.stat().st_mtime) < 0.001


class StaticFiles(ServeStaticASGI):
    """Serves `/static/<version>/…` and hands everything else to `application`."""

    def __init__(self, application: ASGIFramework, headers: dict[str, str], root: Path = STATIC) -> None:
        self.version = version(root)
        self._headers = headers
        super().__init__(
            application, max_age=None, allow_all_origins=False, add_headers_function=self._add_headers
        )
        for folder in PUBLISHED:
            if (root / folder).is_dir():
                self.add_files(root / folder, f"/static/{self.version}/{folder}/")

    def url(self, path: str) -> str:
        """The address of `path`, such as `js/soporte.js`."""
        return f"/static/{self.version}/{path}"

    def add_file_to_dictionary(
        self,
        url: str,
        path: str,
        root: str | os.PathLike[str] | None = None,
        stat_cache: dict[str, os.stat_result] | None = None,
    ) -> None:
        """Leave stale twins aside: after an edit they would go on showing what the file held before."""
        file = Path(path)
        if file.suffix in COMPRESSED or stat_cache is None:
            return
        kept = {str(twin) for twin in twins(file) if is_current(twin)} | {path}
        super().add_file_to_dictionary(url, path, root, {name: stat_cache[name] for name in kept})

    def _add_headers(self, headers: Headers, *_: str) -> None:
        headers["Cache-Control"] = f"max-age={self.FOREVER}, public, immutable"
        for name, value in self._headers.items():
            headers[name] = value
