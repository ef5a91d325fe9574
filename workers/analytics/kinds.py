"""Kinds of orders, as the archive has them, by what they are to a report. Pure."""

from __future__ import annotations

from typing import Final

from producers.contract.names import LINK, REFUND, SETTLEMENT

#: What a customer pays with.
CHARGE: Final = "charge"
#: Payments: what a customer pays.
PAYMENTS: Final = (CHARGE, LINK)
#: Kinds that move money: a settlement takes that of a hold, a refund gives some back. A void moves none.
COUNTED: Final = (*PAYMENTS, SETTLEMENT, REFUND)
