"""Files under `/static/<hash of all>/…`, and the bundle under `/static/<name>-<hash>.<suffix>`."""

import json
from pathlib import Path
from typing import Any

import brotli
import pytest

from supportapp.web.static import StaticFiles, version

SCRIPT = "export const uno = 1;\n" * 200


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("css", "js", "node_modules"):
        (tmp_path / name).mkdir()
    (tmp_path / "js" / "soporte.js").write_text(SCRIPT)
    (tmp_path / "css" / "soporte.css").write_text("p { color: black }\n" * 200)
    (tmp_path / "node_modules" / "secret.js").write_text("1")
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


async def get(files: StaticFiles, path: str, encoding: str = "br") -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "extensions": {}}
    await files({**scope, "headers": [(b"accept-encoding", encoding.encode())]}, None, send)  # type: ignore[arg-type]
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(event.get("body", b"") for event in sent[1:])


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def bundle(root: Path, digest: str = "AB12CD34") -> None:
    """As `assets` leaves it, with a compressed twin."""
    (root / "build").mkdir(exist_ok=True)
    file = root / "build" / f"soporte-{digest}.js"
    file.write_text(SCRIPT)
    file.with_name(f"{file.name}.br").write_bytes(brotli.compress(SCRIPT.encode()))
    manifest = {"version": version(root), "files": {"js/soporte.js": file.name}}
    (root / "build.json").write_text(json.dumps(manifest))


def files(root: Path) -> StaticFiles:
    return StaticFiles(not_found, {"X-Content-Type-Options": "nosniff"}, root)


async def test_a_file_may_be_kept_for_ever(root: Path) -> None:
    served = files(root)
    status, headers, body = await get(served, served.url("js/soporte.js"))
    assert (status, body.decode()) == (200, SCRIPT)
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


async def test_the_bundle_is_what_pages_load_and_may_be_kept_for_ever(root: Path) -> None:
    bundle(root)
    served = files(root)
    assert served.url("js/soporte.js") == "/static/soporte-AB12CD34.js"
    assert served.url("css/soporte.css") == f"/static/{version(root)}/css/soporte.css"
    status, headers, body = await get(served, served.url("js/soporte.js"))
    assert (status, brotli.decompress(body).decode()) == (200, SCRIPT)
    assert headers["content-encoding"] == "br"
    assert "immutable" in headers["cache-control"]
    _, headers, body = await get(served, served.url("js/soporte.js"), encoding="identity")
    assert "content-encoding" not in headers
    assert body.decode() == SCRIPT


async def test_after_an_edit_the_modules_are_served_as_they_are_written(root: Path) -> None:
    bundle(root)
    script = root / "js" / "soporte.js"
    script.write_text("export const dos = 2;\n" * 200)
    script.with_name("soporte.js.br").write_bytes(brotli.compress(SCRIPT.encode()))  # an older program's
    served = files(root)
    _, headers, body = await get(served, served.url("js/soporte.js"))
    assert "content-encoding" not in headers
    assert b"dos" in body


@pytest.mark.parametrize(
    "old", ["/static/soporte-ZZ99ZZ99.js", "/static/0123456789abcdef/js/soporte.js", "/static/soporte.js"]
)
async def test_a_page_of_another_version_gets_what_there_is_and_does_not_keep_it(
    root: Path, old: str
) -> None:
    """While servers are replaced one by one; kept under that address it would be wrong for ever."""
    bundle(root)
    status, headers, body = await get(files(root), old, encoding="identity")
    assert (status, body.decode(), headers["cache-control"]) == (200, SCRIPT, "no-cache")


def test_one_changed_byte_changes_every_address(root: Path) -> None:
    before = version(root)
    bundle(root)
    assert version(root) == before
    (root / "css" / "soporte.css").write_text("p { color: navy }")
    assert version(root) != before


@pytest.mark.parametrize(
    "path",
    [
        "../package.json",
        "node_modules/secret.js",
        "package.json",
        "js/../package.json",
        "js/",
        "soporte-ZZ99ZZ99.css",
        "soporte-AB12CD34.js.br",
        "build/soporte-AB12CD34.js",
        "build.json",
        "../build.json",
    ],
)
async def test_nothing_else_is_served(root: Path, path: str) -> None:
    bundle(root)
    for folder in ("/static", f"/static/{version(root)}"):
        status, _, _ = await get(files(root), f"{folder}/{path}")
        assert status == 404
