"""Who a charge's customer is, given wrongly; the rest of `charge_fields`."""

from __future__ import annotations

from typing import Any

from tests.inputs.cards import SPACED
from tests.inputs.charge_fields import ODD, Bad
from tests.unit.contract.builders import PAN, reference_fields

_NO_NAMES: list[Any] = [
    *(42, True, ["cust-42"], {"id": "cust-42"}, ODD, b"cust-42", "a b", " ", "ąžuolas", "k" * 65, "a/b", "a:b"),
    *("cust-42\n", "cust\x00"),
]
_NO_ADDRESSES: list[Any] = [
    *(3232235777, True, ["192.0.2.7"], {}, ODD, b"192.0.2.7", "192.0.2", "192.0.2.256", "192.0.2.07", "192.0.2.7/32"),
    *("192.0.2.7:443", "[2001:db8::7]", "2001:db8::7%eth0", "fe80::1%1", "::g", "1::2::3", "localhost", "shop.example"),
    *("192.0.2.7\n", " 192.0.2.7", "\uff11\uff19\uff12.0.2.7", "0x7f.1", "2130706433", "unknown", "1" * 46),
    *("192.0.2.7, 192.0.2.8", "192.0.2.7\x00"),
]
CUSTOMERS = [
    *(Bad({"customer": given}, "customer", "customer_format") for given in _NO_NAMES),
    Bad({"customer": PAN}, "customer", "card_number_in_text"),
    Bad({"customer": "a b"}, "customer", "customer_format", reference_fields),
    *(Bad({"customer_ip": given}, "customer_ip", "customer_ip_format") for given in _NO_ADDRESSES),
    Bad({"customer_ip": SPACED}, "customer_ip", "card_number_in_text"),
]
