"""Where a request comes from and where a browser may be sent: both arrive from strangers."""

import re
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from werkzeug.routing import UnicodeConverter

LONGEST_PATH = 2000
WITH_PORT = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[\d.]+))(?::\d{1,5})?")


def in_path(name: str) -> str:
    """The name of a person as one segment of a path; `NameInPath` reads it.

    A slash, a percent sign and names of dots are encoded twice: servers and proxies undo the first time, and
    browsers take `..` for the folder above, encoded or not.
    """
    once = quote(name, safe="")
    if "/" in name or "%" in name or name in {".", ".."}:
        return quote(once.replace(".", "%2E"), safe="")
    return once


class NameInPath(UnicodeConverter):
    """A segment of a path that `in_path` wrote."""

    def to_python(self, value: str) -> str:
        return unquote(value)

    def to_url(self, value: str) -> str:
        return in_path(value)


def same_site_path(value: str | None, default: str) -> str:
    """`value` if a browser stays on this site with it, else `default`.

    Browsers read `//host`, `/\\host` and `/<tab>/host` as another host, and drop control characters.
    """
    if not value or len(value) > LONGEST_PATH or not value.startswith("/") or value.startswith("//"):
        return default
    if "\\" in value or any(
        ord(char) <= 0x20 or 0x7F <= ord(char) <= 0xA0 or char in "\u2028\u2029" for char in value
    ):
        return default
    try:
        parts = urlsplit(value)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc or not encodable(value) else value


def encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def path_of(url: str | None) -> str | None:
    """Path and query of an absolute URL, such as a page's own address; None where there is none."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return (parts.path + ("?" + parts.query if parts.query else "")) or None


def client_address(scope: Any, forwarded_for: Sequence[str], trusted_proxies: int) -> str:
    """The address to count attempts by; an IPv6 client is its /64, which one person may hold whole.

    `forwarded_for`: the values of X-Forwarded-For. Each trusted proxy appended one address on the right;
    what stands further left was written by the client. What is no address is no reason to count anew: then the
    proxy's own counts.
    """
    peer = (scope.get("client") or ("",))[0]
    hops = ",".join(forwarded_for).rsplit(",", trusted_proxies)[-trusted_proxies:] if trusted_proxies else []
    trusted = hops[0] if len(hops) == trusted_proxies > 0 else ""
    return network(trusted) or network(peer) or peer[:64]


def network(hop: str) -> str | None:
    """The address in `hop`, which may have a port: `10.0.0.9:4711`, `[2001:db8::1]:4711`, `2001:db8::1`."""
    found = WITH_PORT.fullmatch(hop.strip())
    bare = found["six"] or found["four"] if found else hop.strip()
    try:
        parsed = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
