"""Which columns of the archive reports read and the Parquet export has: nothing of customers or of cards' numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, Table

from workers.events.archive.tables import CHARGEBACKS, ORDERS

_ORDERS: Final = """
order_id kind account country amount_minor currency state decline_code merchant_advice_code card_brand payment_id
parent_id held subscription_id period attempt root successor claims accepted_at_ms
sent_at_ms ended_at_ms unknown_at_ms parked_at_ms
"""
_CHARGEBACKS: Final = "chargeback_id status account amount_minor currency order_id created_at_ms"

#: The columns of each table.
KEPT: Final[Mapping[Table, tuple[Column[Any], ...]]] = MappingProxyType(
    {
        ORDERS: tuple(ORDERS.c[name] for name in _ORDERS.split()),
        CHARGEBACKS: tuple(CHARGEBACKS.c[name] for name in _CHARGEBACKS.split()),
    }
)
#: By what the rows of each are sorted, so that a period lies together.
TIME_OF: Final[Mapping[Table, Column[Any]]] = MappingProxyType(
    {ORDERS: ORDERS.c.accepted_at_ms, CHARGEBACKS: CHARGEBACKS.c.created_at_ms}
)
