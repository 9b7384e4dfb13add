"""What a setting may be: each value brought into its one spelling, or refused with what it must look like."""

import math
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from limits import parse

SECRET_BYTES, SECRET_BITS = 32, 45
EXAMPLES = ("changeme", "change-me", "change_me", "change this", "changethis", "your-secret", "your_secret", "my-secret",
            "my_secret", "supersecret", "super-secret", "super_secret", "placeholder")  # fmt: skip
"""What stands in manuals, and then in installations."""
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def normal_database_url(value: str) -> str:
    """`value` with one spelling of the scheme and only the arguments that mean something here.

    Add-ons append arguments such as `?reconnect=true`; drivers refuse what they do not know.
    """
    parts = split(value)
    scheme = {"mysql": "mysql", "mariadb": "mysql", "mysql2": "mysql", "sqlite": "sqlite"}.get(parts.scheme)
    if scheme is None:
        raise ValueError("must start with sqlite:/// or mysql://")
    if parts.fragment or "#" in value or (scheme == "sqlite" and "?" in value):
        raise ValueError("has a # or ? in it that ends the address: write # as %23 and ? as %3F")
    if scheme == "sqlite":
        if parts.netloc or len(parts.path) < 2:
            raise ValueError("must be sqlite:///FILE (three slashes) or sqlite:////absolute/FILE")
        return f"sqlite://{parts.path}"
    if "@" in parts.path + parts.query or "/" in parts.path[1:]:
        raise ValueError("has a /, ? or @ where none may be: in name and password write %2F, %3F and %40")
    known = [(key, val) for key, val in parse_qsl(parts.query) if key in {"ssl", "unix_socket"}]
    if len(parts.path) < 2:
        raise ValueError("must name a database: mysql://user:password@host:port/name")
    if dict(known).get("ssl", "true") not in {"true", "unverified"}:
        raise ValueError("?ssl= must be true or unverified")
    return urlunsplit((scheme, parts.netloc, parts.path, urlencode(known), ""))


def origin(value: str) -> str:
    """`value` as an origin the way browsers spell it: scheme, host and port, nothing else."""
    parts = split(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path not in {"", "/"}
        or any(mark in value for mark in "?#@")
    ):
        raise ValueError("must be an origin such as https://chat.example.org, without a path")
    default = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in {None, default} else ""
    return f"{parts.scheme}://{host_in_url(parts.hostname.encode('idna').decode())}{port}"


def host_in_url(host: str) -> str:
    """`host` as it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def is_private_address(host: str) -> bool:
    """Whether `host` is the address of a machine of a local network. Never a name: whoever owns one leads it anywhere."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_private and not address.is_unspecified


def split(value: str) -> SplitResult:
    """Its parts; what the library says of a wrong one would show passwords."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(
            "cannot be read: its port must be a number, and in name and password : is %3A, / %2F, [ %5B"
        ) from None
    return parts


def redis_address(value: str) -> str:
    """`value` if it is an address of a Redis."""
    parts = split(value)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("must be redis://host:port/0 or, with TLS, rediss://user:password@host:port/0")
    return value


def is_local(url: str) -> bool:
    """Whether only this machine can open `url`: nobody is on the way."""
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


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


def rate(value: str) -> str:
    """`value` in the notation of `limits`, such as `300/15 seconds`."""
    try:
        amount = parse(value).amount
    except ValueError:
        raise ValueError("must read like 300/15 seconds") from None
    if amount < 1:
        raise ValueError("must let at least one through, as 300/15 seconds does")
    return value
