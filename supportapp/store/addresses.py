"""What each driver makes of a database URL, which the settings have already normalised."""

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def sqlite_path(url: str) -> Path:
    """The file of `sqlite:///relative` or `sqlite:////absolute`."""
    return Path(unquote(url.removeprefix("sqlite:///")))


def mysql_arguments(url: str) -> dict[str, Any]:
    """The arguments of `mysql://user:password@host:port/name?ssl=true|unverified&unix_socket=/path`."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    arguments: dict[str, Any] = {
        "host": parts.hostname or "localhost",
        "port": parts.port or 3306,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "db": unquote(parts.path.removeprefix("/")),
        "charset": "utf8mb4",
    }
    if "unix_socket" in options:
        arguments["unix_socket"] = options["unix_socket"]
    if "ssl" in options:
        arguments["ssl"] = _tls(verified=options["ssl"] == "true")
    return arguments


def _tls(*, verified: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
