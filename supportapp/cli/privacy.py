"""Whether other accounts of this machine can read what the chat keeps on it."""

from collections.abc import Iterator
from pathlib import Path

from supportapp.cli.finding import Finding
from supportapp.config import Settings
from supportapp.store.addresses import sqlite_path

OTHERS = 0o077


def look_at_files(settings: Settings) -> Finding:
    """Database, spool and secret; a new file of ours is its owner's alone, one that was copied here may not be."""
    open_to_others = [str(path) for path in kept(settings) if path.exists() and path.stat().st_mode & OTHERS]
    if open_to_others:
        paths = " ".join(sorted(open_to_others))
        return Finding("files", f"others on this machine can read {paths}. Run: chmod go-rwx {paths}")
    return Finding("files", remark="nobody else on this machine can read them")


def kept(settings: Settings) -> Iterator[Path]:
    if settings.dialect == "sqlite":
        database = sqlite_path(settings.database_url)
        yield from (database.with_name(database.name + end) for end in ("", "-wal", "-shm"))
    yield settings.instance_dir / "jwt_secret"
    yield settings.spool_folder
    yield from settings.spool_folder.rglob("*")
