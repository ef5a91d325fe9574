"""Limits on what many amounts add up to, by currency: `EUR=50000.00,USD=9000.00`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cardinity_client.money import EXPONENTS, Money

#: One of them. A total has more digits than an amount may.
_TOTAL: Final = re.compile(r"([A-Z]{3})=(0|[1-9][0-9]{0,14})(?:\.([0-9]+))?")


def read_totals(text: str) -> Mapping[str, Money]:
    """The limits by their currencies, each named once.

    Raises:
        ValueError: it says what is expected, and not what was given.
    """
    totals: dict[str, Money] = {}
    for part in text.split(","):
        match = _TOTAL.fullmatch(part.strip(" "))
        currency, whole, decimals = match.groups(default="") if match else ("", "", "")
        if currency in totals or EXPONENTS.get(currency) != len(decimals):
            message = "must be amounts by currency like EUR=50000.00,JPY=900000, each with the decimals of its currency"
            raise ValueError(message)
        totals[currency] = Money(int(whole + decimals), currency)
    return totals
