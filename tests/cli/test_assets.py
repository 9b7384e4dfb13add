"""`assets`: the files pages use, without the packages' scripts, with whichever npm there is."""

import re
import shutil
from pathlib import Path

import pytest

from supportapp.cli import assets
from supportapp.errors import StartError
from supportapp.web.static import SOURCES, STATIC, StaticFiles, bundled
from tests.processes import ROOT

FILES = {
    "htmx.org/dist/htmx.esm.min.js": b"a();\n//# sourceMappingURL=htmx.esm.min.js.map\n",
    "socket.io-client/dist/socket.io.esm.min.js": b"let url='//# sourceMappingURL=';b();\n//# sourceMappingURL=x.map",
    "bootstrap/dist/css/bootstrap-reboot.min.css": b"p{color:red}\n/*# sourceMappingURL=bootstrap-reboot.min.css.map */",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "node_modules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def test_the_files_are_copied_without_the_name_of_their_source_map(folder: Path) -> None:
    (folder / "vendor").mkdir()
    (folder / "vendor" / "old.js").touch()
    contents = [path.read_bytes() for path in assets.copy_vendored(folder)]
    assert contents == [
        b"a();\n",
        b"let url='//# sourceMappingURL=';b();\n",
        b"p{color:red}\n",
    ]
    assert not (folder / "vendor" / "old.js").exists()


def test_what_is_missing_is_named(folder: Path) -> None:
    assert len(assets.missing_assets(folder)) == 3
    assets.copy_vendored(folder)
    assert assets.missing_assets(folder) == []
    assert assets.missing_assets(folder, packed=True) == ["static/build/ of this version"]
    (folder / "vendor" / "bootstrap-reboot.min.css").unlink()
    assert assets.missing_assets(folder) == ["static/vendor/bootstrap-reboot.min.css"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own files, bundled anew."""
    root = tmp_path_factory.mktemp("static")
    for name in SOURCES:
        shutil.copytree(STATIC / name, root / name)
    (root / "node_modules").symlink_to(STATIC / "node_modules")
    assets.bundle(root)
    return root


def test_a_bundle_names_everything_that_pages_ask_for(built: Path) -> None:
    pages = "".join(page.read_text() for page in (ROOT / "templates").rglob("*.html"))
    asked = set(re.findall(r"""static\('([^']+)'\)""", pages)) | set(
        re.findall(r'"(js/[^"]+|vendor/[^"]+)"', pages)
    )
    assert set(bundled(built)) == asked
    assert assets.missing_assets(built, packed=True) == []


def test_bundled_files_need_no_others_and_ship_no_source_maps(built: Path) -> None:
    """Servers of two versions must not mix one page's, and nothing is evaluated or written inline."""
    for path in (built / "build").glob("*.[cj]s*"):
        if path.suffix in (".js", ".css"):
            text = path.read_text()
            assert not re.search(r"""\b(?:import|from)\s*\(?["']\.*/|@import""", text), path.name
            assert "sourceMappingURL" not in text
    assert not list((built / "build").glob("*.map"))


def test_what_was_bundled_before_goes_and_the_same_sources_give_the_same_names(built: Path) -> None:
    before = bundled(built)
    (built / "build" / "soporte-OLDOLDOL.js").touch()
    assets.bundle(built)
    assert bundled(built) == before
    names = {path.name for path in (built / "build").iterdir()}
    assert names == {f"{name}{packed}" for name in before.values() for packed in ("", ".br", ".gz")}


def test_a_first_visit_s_scripts_are_small(built: Path) -> None:
    """What everybody loads, and with what only an admin, or who reads far back, needs besides: bytes as they travel."""
    size = {name: (built / "build" / f"{file}.br").stat().st_size for name, file in bundled(built).items()}
    assert size["js/soporte.js"] < 26_500
    assert size["js/soporte.js"] + size["js/conversations.js"] + size["vendor/htmx.esm.min.js"] < 42_000
    assert size["css/soporte.css"] < 6_200


def test_a_module_that_cannot_be_bundled_is_one_line(built: Path, tmp_path: Path) -> None:
    for name in ("css", "img", "vendor", "node_modules"):
        (tmp_path / name).symlink_to(STATIC / name)
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "soporte.js").write_text("import './nowhere.js';")
    with pytest.raises(StartError, match=r"esbuild failed.*") as caught:
        assets.bundle(tmp_path)
    assert "\n" not in str(caught.value)
    assert bundled(tmp_path) == {}


def test_the_system_s_npm_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/somewhere/{name}")
    assert assets.npm() == ["/somewhere/npm"]


def test_without_a_system_s_npm_the_python_package_s_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    node, script = assets.npm()
    assert Path(node).is_file()
    assert Path(script).is_file()


def test_without_any_npm_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StartError, match=r"requirements-node\.txt"):
        assets.npm()


def test_a_failing_npm_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(StartError, match="npm ci failed") as caught:
        assets.install_packages(tmp_path)
    assert "\n" not in str(caught.value)


def test_the_lock_names_no_host_and_exact_versions() -> None:
    lock = (ROOT / "static" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "http" not in lock.replace("xmlhttprequest-ssl", "")
    for name, version in {"esbuild": "0.28.2", "htmx.org": "4.0.1", "socket.io-client": "4.8.4"}.items():
        assert f'"{name}": "{version}"' in (ROOT / "static" / "package.json").read_text()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_the_python_locks_have_hashes_and_no_addresses(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert pinned
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert not any("://" in line or line.startswith("--") for line in lines)


def test_a_build_keeps_the_files_of_the_last_one_for_processes_that_still_run(
    built: Path, tmp_path: Path
) -> None:
    root = tmp_path / "static"
    shutil.copytree(built, root, symlinks=True)
    before = bundled(root)["js/soporte.js"]
    for times in (1, 2):
        (root / "js" / "texts.js").write_text(
            f"{(root / 'js' / 'texts.js').read_text()}\nconsole.log({times});\n"
        )
        assets.bundle(root)
        assert bundled(root)["js/soporte.js"] != before
        assert (root / "build" / before).exists() is (times == 1)
    served = StaticFiles(lambda *_: None, {}, root).files  # type: ignore[arg-type]
    assert "/static/soporte.js" in served
    (root / "build" / bundled(root)["js/soporte.js"]).unlink()
    assert bundled(root) == {}
