"""What a setting may be: each value brought into its one spelling, or refused with what it must look like."""

from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from limits import parse


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


def rate(value: str) -> str:
    """`value` in the notation of `limits`, such as `300/15 seconds`."""
    try:
        amount = parse(value).amount
    except ValueError:
        raise ValueError("must read like 300/15 seconds") from None
    if amount < 1:
        raise ValueError("must let at least one through, as 300/15 seconds does")
    return value
