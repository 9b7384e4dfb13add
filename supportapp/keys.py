"""The secrets of the settings: several in one, strong ones, and those of a first try."""

import math
import os
import secrets
from pathlib import Path

from pydantic import SecretStr

SECRET_BYTES, SECRET_BITS = 32, 45
EXAMPLES = ("changeme", "change-me", "change_me", "change this", "changethis", "your-secret", "your_secret", "my-secret",
            "my_secret", "supersecret", "super-secret", "super_secret", "placeholder")  # fmt: skip
"""What stands in manuals, and then in installations."""
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def parts(secret: SecretStr) -> tuple[str, ...]:
    return tuple(part.strip() for part in secret.get_secret_value().split(","))


def strong_secret(secret: str) -> bool:
    """Whether `secret` looks as if chance had made it: long, not repeated, not counted on, not out of an example."""
    if len(secret.encode()) < SECRET_BYTES or any(word in secret.lower() for word in EXAMPLES):
        return False
    return news(secret.lower()) * math.log2(len(set(secret)) or 1) >= SECRET_BITS


def news(text: str) -> int:
    """How many characters of `text` do not follow from the ones before, by repetition or in a row of keys."""
    found, place = 0, 0
    while place < len(text):
        length = repeated(text, place) or 1
        follows = length > 1 or (place > 0 and is_row(text[place - 1 : place + 1]))
        found += not follows
        place += length
    return found


def repeated(text: str, place: int) -> int:
    """How many characters from `place` on stood together before; 0 for fewer than three."""
    length = 2
    while place + length < len(text) and text[place : place + length + 1] in text[: place + length]:
        length += 1
    return length if length > 2 else 0


def is_row(pair: str) -> bool:
    return pair[0] == pair[1] or any(pair in row or pair[::-1] in row for row in ROWS)


def development_secret(path: Path) -> str:
    """The secret kept there, made at the first start and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()
