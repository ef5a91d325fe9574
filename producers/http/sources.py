"""Where a request comes from, and whether that is somewhere it may come from. Pure.

`X-Forwarded-For` is written by whoever likes; only the part that our own proxies added is believed. So it is read from
its end, as long as the one who wrote an entry is a proxy of ours.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final, TypeAlias

from producers.runtime.settings_kinds import Network

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Proxies of ours between a source and us, at the most.
HOPS_MAX: Final = 8
#: What stands for all sources whose address cannot be told.
UNTOLD: Final = "?"
#: One source has a whole network of these addresses.
_SIXTY_FOUR: Final = 64


def source_of(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> Address | None:
    """The source's address, or None where it cannot be told. `forwarded` are the headers, in their order."""
    address = _address(peer)
    entries = [entry.strip() for header in forwarded for entry in header.rsplit(",", HOPS_MAX)[-HOPS_MAX:]]
    for entry in reversed(entries[-HOPS_MAX:]):
        if address is None or not within(address, proxies):
            return address
        address = _address(entry)
    return address


def within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether one of the networks holds the address."""
    return any(address in network for network in networks)


def name_of(source: Address | None) -> str:
    """What a source's bucket is called."""
    if source is None:
        return UNTOLD
    if isinstance(source, ipaddress.IPv4Address):
        return str(source)
    return str(ipaddress.ip_network((source, _SIXTY_FOUR), strict=False))


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
