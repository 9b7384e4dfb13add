"""Networks that may be banned: read from what somebody typed, and whether an address is in one."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
WIDEST = {4: 16, 6: 32}.__getitem__
"""By the version of the protocol: fewer bits than these are an internet provider, or everybody."""
ONE_PERSON = 64
"""Bits of IPv6 that one person may hold whole: nobody is known more exactly (`web.addresses`)."""


def network_of(text: str) -> Network:
    """The network in `text`, such as `192.0.2.7`, `192.0.2.0/24` or `2001:db8::1`; raises `ValueError`."""
    found = ip_network(text.strip(), strict=False)
    if isinstance(found, IPv6Network):
        if (mapped := found.network_address.ipv4_mapped) and found.prefixlen >= 96:
            return ip_network((mapped, found.prefixlen - 96), strict=False)
        if found.prefixlen > ONE_PERSON:
            return found.supernet(new_prefix=ONE_PERSON)
    return found


def is_everybody(network: Network) -> bool:
    """Whether it is so large, or so near (this machine, its own network: where proxies are), that it may be everybody."""
    near = not network.network_address.is_global or not network.broadcast_address.is_global
    documentation = any(network.version == one.version and network.subnet_of(one) for one in EXAMPLES)  # type: ignore[arg-type]
    return network.prefixlen < WIDEST(network.version) or (near and not documentation)


EXAMPLES = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
"""Nobody's: for papers, and for whoever tries a ban."""


class Networks:
    """A set of networks in which an address is looked up by each length that there is."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._starts: dict[tuple[int, int], set[int]] = {}
        for one in networks:
            rest = one.max_prefixlen - one.prefixlen
            self._starts.setdefault((one.version, rest), set()).add(int(one.network_address) >> rest)

    def having(self, address: str) -> bool:
        """Whether one of them has this address; what is no address is in none."""
        if not self._starts:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(
            version == parsed.version and int(parsed) >> rest in starts
            for (version, rest), starts in self._starts.items()
        )
