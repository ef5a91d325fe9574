"""Where a webhook may go: to public addresses, and to those that were looked at.

A name is looked up once for a connection, every address that it has must be public, and the connection is made to one
of these very addresses (`Dialler`). Nothing asks for the name a second time, so an answer that changes in between (DNS
rebinding) changes nothing; and an address written as a number in any form comes out of the same look-up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Final

import httpx
from aiohappyeyeballs import AddrInfoType

from cardinity_client.transport.addresses import Addresses

#: Answers as `socket.getaddrinfo` does: a blocking call.
LookUp = Callable[[str, int], Sequence[AddrInfoType]]

#: Where IPv6 hosts of the internet are; everything else of it is local, or carries another address inside.
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
#: What is in there and is not theirs: protocols and Teredo, 6to4 (an IPv4 address inside), and documentation.
_NOT_UNICAST: Final = tuple(
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
#: The same of IPv4, beyond what Python knows: protocols, and relays of 6to4.
_NOT_IPV4: Final = tuple(ipaddress.IPv4Network(network) for network in ("192.0.0.0/24", "192.88.99.0/24"))
#: NAT64 by its well-known prefix: how hosts that have only IPv6 reach IPv4, whose address is the last 32 bits.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(httpx.ConnectError):
    """The name has an address that no webhook may go to."""


class CheckedAddresses(Addresses):
    """The addresses of one endpoint's host: all of them public, or of a `local` one, all of this machine."""

    def __init__(self, host: str, port: int, *, local: bool, look_up: LookUp | None = None) -> None:
        super().__init__(host.strip("[]"), port)
        self._may = is_local if local else is_public
        self._ask = look_up or _system

    async def found(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """What the system says. Raises socket.gaierror, AddressRefused."""
        # In a thread of ours: uvloop has four for all look-ups, which four dead names would hold.
        found = await asyncio.get_running_loop().run_in_executor(None, self._ask, host, port)
        if not all(self._may(str(each[4][0])) for each in found):
            raise AddressRefused("the name has an address that is not public")
        return found


def is_public(text: str) -> bool:
    """Whether that address is a host's of the internet. One with a zone is not."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        usual = address.is_global and not address.is_multicast and not address.is_reserved
        return usual and not any(address in network for network in _NOT_IPV4)
    if address in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    if address.scope_id is not None or address not in _UNICAST:
        return False
    return address.is_global and not any(address in network for network in _NOT_UNICAST)


def is_local(text: str) -> bool:
    """Whether that address is this machine's own."""
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _system(host: str, port: int) -> Sequence[AddrInfoType]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
