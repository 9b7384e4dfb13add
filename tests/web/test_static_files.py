"""Files under `/static/<hash of all>/…`."""

import os
from pathlib import Path
from typing import Any

import brotli
import pytest

from supportapp.web.static import StaticFiles, compress_static, version

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


async def test_a_compressed_twin_is_sent_to_who_can_read_it(root: Path) -> None:
    assert len(compress_static(root)) == 2
    served = files(root)
    _, headers, body = await get(served, served.url("js/soporte.js"))
    assert headers["content-encoding"] == "br"
    assert brotli.decompress(body).decode() == SCRIPT
    _, headers, body = await get(served, served.url("js/soporte.js"), encoding="identity")
    assert "content-encoding" not in headers
    assert body.decode() == SCRIPT


async def test_what_is_sent_has_no_comments_but_licences(root: Path) -> None:
    """Lines of code keep what looks like one in a string or behind a statement."""
    code = '/*! licence */\nconst a = "// no"; // kept\nconst b = "/* no */";\n' * 20
    script = f"/** What it is for. */\n{code}  // why\n  /* and\n * more */\n{SCRIPT}"
    (root / "js" / "soporte.js").write_text(script)
    compress_static(root)
    served = files(root)
    _, _, body = await get(served, served.url("js/soporte.js"))
    assert brotli.decompress(body).decode() == code + SCRIPT


async def test_a_stale_twin_is_left_aside_until_it_is_made_again(root: Path) -> None:
    compress_static(root)
    script = root / "js" / "soporte.js"
    script.write_text("export const dos = 2;\n" * 200)
    os.utime(script, (1, 1))  # even with an older time, as after a checkout
    served = files(root)
    _, headers, body = await get(served, served.url("js/soporte.js"))
    assert "content-encoding" not in headers
    assert b"dos" in body
    assert compress_static(root) == [script]
    assert compress_static(root) == []


def test_one_changed_byte_changes_every_address(root: Path) -> None:
    before = version(root)
    compress_static(root)
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
        "js/soporte.js.br",
    ],
)
async def test_nothing_else_is_served(root: Path, path: str) -> None:
    compress_static(root)
    served = files(root)
    status, _, _ = await get(served, served.url(path))
    assert status == 404
