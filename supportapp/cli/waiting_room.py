"""What the doctor says of `SPOOL_DIR`, where messages wait while the database is away."""

import os
import tempfile
from pathlib import Path

from supportapp.cli.finding import Finding
from supportapp.config import Settings

ABOUT = "SPOOL_DIR"


def look_at_spool(settings: Settings) -> Finding | None:
    """Writes and removes a file there; None on SQLite, which has no spool."""
    if settings.dialect != "mysql":
        return None
    folder = settings.spool_folder
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Finding(
            ABOUT,
            f"{there} cannot be written by this account ({reason}): every message would be refused "
            "while the database is away. Set SPOOL_DIR to a folder that can",
        )
    owner = there.stat().st_uid
    if hasattr(os, "geteuid") and os.geteuid() == 0 != owner:
        return Finding(
            ABOUT, f"{there} belongs to another account (number {owner}); run the doctor as the chat"
        )
    remarks = [f"{there} can be written", left(folder)]
    if settings.dyno:
        remarks.append("this disk is ephemeral: what waits on it at a restart is lost")
    return Finding(ABOUT, remark="; ".join(filter(None, remarks)))


def left(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    if not files:
        return ""
    size = sum(path.stat().st_size for path in files)
    return f"{len(files)} files of {size / 1000:.0f} kB lie there, adopted by the next start"
