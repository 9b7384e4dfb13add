"""The chat, with every statement that SQLite is asked written to a file, a JSON string a line: `… traced FILE serve`."""

import json
import sqlite3
import sys
from typing import Any

from supportapp.cli import main


def trace(path: str) -> None:
    """From now on every connection of this process writes its statements, values filled in, to `path`."""
    file = open(path, "a", buffering=1)  # noqa: SIM115  (as long as the process)
    connect = sqlite3.connect

    def connect_traced(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(lambda sql: file.write(json.dumps(sql) + "\n") and None)
        return connection

    sqlite3.connect = connect_traced  # type: ignore[assignment]


if __name__ == "__main__":
    trace(sys.argv.pop(1))
    main()
