"""`python -m tests.faults.mutants`: for each promise, the code broken on purpose, in a copy; the tests must fail.

A mutant that is not caught, or whose place in the code is gone, ends the run with status 1.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from tests.faults import mutations
from tests.faults.mutations.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
BUILT = (
    "static/vendor",
    "static/build",
    "static/build.json",
    "static/node_modules",
    "supportapp/translations/en/LC_MESSAGES/messages.mo",
)
PATIENCE = 150
"""Seconds; a mutant that hangs is caught, too."""


def main() -> int:
    wanted, every = set(sys.argv[1:]), list(mutants())
    chosen = [mutant for mutant in every if not wanted or wanted & {mutant.promise, mutant.what}]
    if not chosen:
        print(f"no mutant has this promise or name: {sys.argv[1:]}", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    try:
        copy_tree(folder)
        survived = [mutant for mutant in chosen if not caught(folder, mutant)]
    finally:
        shutil.rmtree(folder)
    print(f"{len(chosen) - len(survived)} of {len(chosen)} mutants caught")
    return int(bool(survived))


def mutants() -> Iterator[Mutant]:
    """Those of every file in `mutations`."""
    for file in iter_modules(mutations.__path__):
        yield from getattr(import_module(f"{mutations.__name__}.{file.name}"), "MUTANTS", ())


def copy_tree(folder: Path) -> None:
    """The files that git knows, as they are now, and what was built from them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name in BUILT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, symlinks=True)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)


def caught(folder: Path, mutant: Mutant) -> bool:
    """Whether the mutant's test fails; said in one line."""
    file = folder / mutant.file
    sound = file.read_text()
    begun = time.monotonic()
    if sound.count(mutant.old) != 1:
        print(f"{mutant.promise} {mutant.what}: its place is gone from {mutant.file}", flush=True)
        return False
    file.write_text(sound.replace(mutant.old, mutant.new))
    try:
        status = run_test(folder, mutant.test)
    finally:
        file.write_text(sound)
    verdict = "SURVIVED" if status == 0 else "caught"
    print(f"{mutant.promise} {mutant.what}: {verdict} in {time.monotonic() - begun:.0f} s", flush=True)
    return status != 0


def run_test(folder: Path, test: str) -> int:
    """The status of pytest: 1 for failed tests; anything worse is no verdict but a mistake of the mutant's."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return 1
    if done.returncode not in (0, 1):
        raise SystemExit(f"pytest could not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
