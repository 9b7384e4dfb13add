"""Entries of the audit as other programs read them."""

import json
from dataclasses import asdict
from typing import Any

from supportapp.store.audit import Entry
from supportapp.store.messages import iso

COLUMNS = Entry.__slots__
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula, whoever wrote it into their name or a reason."""


def for_json(entry: Entry) -> dict[str, Any]:
    """The columns, `fecha` in ISO and `detalles` as what they are."""
    found = asdict(entry)
    return found | {
        "fecha": iso(entry.fecha),
        "detalles": json.loads(entry.detalles) if entry.detalles else {},
    }


def cells(entry: Entry) -> list[str]:
    """The columns as text for CSV; none is a formula."""
    return [safe(text(entry, column)) for column in COLUMNS]


def text(entry: Entry, column: str) -> str:
    value = getattr(entry, column)
    if value is None:
        return ""
    return iso(value) if column == "fecha" else str(value)


def safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
