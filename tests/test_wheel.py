"""The chat as a package: installed elsewhere it finds what it needs, and it declares what it imports."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.processes import Running, sqlite_settings

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "supportapp",
    "sql",
    "templates",
    "static",
    "pyproject.toml",
    "setup.py",
    "MANIFEST.in",
    "requirements.in",
    "LICENSE",
)
BUILD = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and the libraries from ours by their path."""
    folder = tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(
                source, folder / "src" / part, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
            )
        else:
            (folder / "src").mkdir(exist_ok=True)
            shutil.copy(source, folder / "src" / part)
    subprocess.run([sys.executable, "-c", BUILD, folder], cwd=folder / "src", check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    home = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    zipfile.ZipFile(wheel).extractall(home)
    (Path(home) / "ours.pth").write_text(sysconfig.get_path("purelib"))
    shutil.rmtree(folder / "src")
    return python


def test_a_wheel_migrates_serves_and_takes_a_sign_in_from_another_folder(
    installed: Path, tmp_path: Path
) -> None:
    env = sqlite_settings(tmp_path)
    for command in (
        ["migrate"],
        ["create-user", "luis", "--nombre", "Luis", "--rol", "user", "--password-stdin"],
    ):
        done = subprocess.run(
            [installed, "-m", "supportapp", *command],
            cwd=tmp_path, env=env, input="caballo-verde-31", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    serving = Running([str(installed), "-P", "-m", "supportapp", "serve"], int(env["PORT"]), env)
    with serving as chat:
        chat.wait_until_it_answers()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        opener.open(f"{chat.url}/auth", b"user=luis&pass=caballo-verde-31")
        request = urllib.request.Request(
            f"{chat.url}/soporte/mensajes", b"para=admin&mensaje=hola", {"Accept": "application/json"}
        )
        assert b"guardado" in opener.open(request).read()


def declared() -> set[str]:
    lines = (ROOT / "requirements.in").read_text().splitlines()
    return {
        re.split(r"[\[=;~<> ]", line)[0].lower().replace("-", "_")
        for line in lines
        if line and not line.startswith("#")
    }


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"supportapp"}


def test_every_package_that_is_imported_is_declared() -> None:
    modules = {name for path in (ROOT / "supportapp").rglob("*.py") for name in imported(path)}
    packages = importlib.metadata.packages_distributions()
    missing = {
        m for m in modules if not {d.lower().replace("-", "_") for d in packages.get(m, [m])} & declared()
    }
    assert not missing
