"""Who a charge's customer is, for those who judge risk: the merchant's own name of them, and where they came from."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from producers.contract.fields import Refusal, read_text

#: Fields of a charge that say it.
CUSTOMER: Final = ("customer", "customer_ip")
#: Characters of a merchant's own name of a customer, as subscriptions have it.
CUSTOMER_MAX: Final = 64

_NAME: Final = re.compile(rf"[A-Za-z0-9._@+-]{{1,{CUSTOMER_MAX}}}", re.ASCII)
#: Characters of an address at its longest: IPv6 with IPv4 in its end.
_ADDRESS_MAX: Final = 45


def read_customer(value: object) -> str:
    """The merchant's own name of the customer."""
    text = read_text(value, "customer_format")
    if not _NAME.fullmatch(text):
        raise Refusal("customer_format", f"must be 1 to {CUSTOMER_MAX} of A-Z a-z 0-9 . _ @ + -")
    return text


def read_customer_ip(value: object) -> str:
    """The address the customer came from, in one spelling: counted by it, two spellings would be two customers."""
    text = read_text(value, "customer_ip_format")
    try:
        # A zone behind % is a name on somebody's own machine.
        if len(text) > _ADDRESS_MAX or "%" in text:
            raise ValueError
        address = ipaddress.ip_address(text)
    except ValueError:
        raise Refusal("customer_ip_format", "must be an IPv4 or IPv6 address") from None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
