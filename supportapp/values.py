"""What a setting may be: each value brought into its one spelling, or refused with what it must look like."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from limits import parse


def normal_database_url(value: str) -> str:
    """`value` with one spelling of the scheme and only the arguments that mean something here.

    Add-ons append arguments such as `?reconnect=true`; drivers refuse what they do not know.
    """
    parts = urlsplit(value)
    scheme = {"mysql": "mysql", "mariadb": "mysql", "mysql2": "mysql", "sqlite": "sqlite"}.get(parts.scheme)
    if scheme is None:
        raise ValueError("must start with sqlite:/// or mysql://")
    if scheme == "sqlite":
        if parts.netloc or len(parts.path) < 2:
            raise ValueError("must be sqlite:///FILE (three slashes) or sqlite:////absolute/FILE")
        return f"sqlite://{parts.path}"
    known = [(key, val) for key, val in parse_qsl(parts.query) if key in {"ssl", "unix_socket"}]
    if len(parts.path) < 2:
        raise ValueError("must name a database: mysql://user:password@host:port/name")
    if dict(known).get("ssl", "true") not in {"true", "unverified"}:
        raise ValueError("?ssl= must be true or unverified")
    return urlunsplit((scheme, parts.netloc, parts.path, urlencode(known), ""))


def origin(value: str) -> str:
    """`value` as an origin: scheme, host and port, nothing else."""
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path not in {"", "/"}
        or parts.query
    ):
        raise ValueError("must be an origin such as https://chat.example.org, without a path")
    return f"{parts.scheme}://{parts.netloc}".lower()


def redis_address(value: str) -> str:
    """`value` if it is an address of a Redis."""
    parts = urlsplit(value)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("must be redis://host:port/0 or, with TLS, rediss://user:password@host:port/0")
    return value


def rate(value: str) -> str:
    """`value` in the notation of `limits`, such as `300/15 seconds`."""
    try:
        parse(value)
    except ValueError:
        raise ValueError("must read like 300/15 seconds") from None
    return value
