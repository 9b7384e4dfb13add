"""What the database's own words mean for whoever runs the chat: each error has its own remedy."""

import re
from types import MappingProxyType

NUMBER = re.compile(r"^\(?(\d{4})\b")
FEWER = "Set DATABASE_POOL to fewer than the account may have, or ask for more connections."
RIGHTS = (
    "GRANT SELECT, INSERT, UPDATE, DELETE on the chat's tables to this account; `migrate` also needs "
    "CREATE, ALTER, INDEX and REFERENCES."
)
READ_ONLY = (
    "The server is read-only: end that (SET GLOBAL read_only = 0), or name the primary in DATABASE_URL."
)
FULL = "There is no room left: free some on the server's disk or take a larger plan."
NEEDS = MappingProxyType(
    {
        1021: FULL,
        1040: "All connections of the server are taken: set DATABASE_POOL lower or max_connections higher.",
        1044: "The account may not use this database: GRANT it, or correct the name at the end of DATABASE_URL.",
        1045: "Name or password are not right: correct DATABASE_URL; in it @ is %40, : is %3A, / is %2F, # is %23. Or the server asks for TLS: append ?ssl=true.",
        1049: "There is no such database: CREATE DATABASE it, or correct the name at the end of DATABASE_URL.",
        1114: FULL,
        1129: "The server has shut this machine out after too many failures: FLUSH HOSTS there.",
        1130: "The server lets no account in from this machine: CREATE USER for it or connect from another one.",
        1142: RIGHTS,
        1143: RIGHTS,
        1227: RIGHTS,
        1153: "Set max_allowed_packet to 16M on the server.",
        1203: FEWER,
        1226: FEWER,
        1290: READ_ONLY,
        1665: "Set binlog_format to ROW on the server: with STATEMENT it refuses every message.",
        1792: READ_ONLY,
        1836: READ_ONLY,
        3159: "The server asks for TLS: append ?ssl=true to DATABASE_URL.",
    }
)


FILES = (
    (
        "readonly",
        "The file or its folder cannot be written by this account: chown it, or correct DATABASE_URL.",
    ),
    (
        "unable to open",
        "The folder of DATABASE_URL is missing or not this account's: make it, or correct DATABASE_URL.",
    ),
    ("disk is full", FULL),
    ("not a database", "The file of DATABASE_URL is something else: name another one, or restore a backup."),
    ("malformed", "The file of DATABASE_URL is damaged: restore a backup."),
    ("Permission denied", "The folder cannot be used by this account: chown it, or correct DATABASE_URL."),
    ("Read-only file system", "The disk is read-only: set DATABASE_URL to a file where it can be written."),
)
"""What SQLite says, which has no numbers."""


def needs(detail: str) -> str | None:
    """What the error in `detail` needs, which begins with its number; None where nobody can say."""
    found = NUMBER.match(detail)
    if found:
        return NEEDS.get(int(found[1]))
    return next((remedy for word, remedy in FILES if word in detail), None)


def away(error: Exception) -> str:
    """One line: why the database cannot be used, and what to do."""
    detail = " ".join(str(error).split())
    remedy = needs(detail)
    if remedy:
        return f"The database refuses ({detail}). {remedy}"
    return (
        f"The database does not answer{f' ({detail})' if detail else ''}. Is it running? Check DATABASE_URL."
    )
