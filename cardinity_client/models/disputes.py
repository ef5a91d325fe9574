"""What cardholders take back through their bank: chargebacks, and disputes that ended before they became one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cardinity_client.money import Money

DisputeStatus = Literal["initiated", "approved", "declined"]


@dataclass(frozen=True, slots=True)
class Dispute:
    """What chargebacks and RDR records have alike. `reason` reads `"<code>: <text>"`."""

    id: str
    payment_id: str
    amount: Money
    created_at: datetime
    status: DisputeStatus
    live: bool
    order_id: str | None
    description: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Chargeback(Dispute):
    """A chargeback as the gateway tells it."""


@dataclass(frozen=True, slots=True)
class Rdr(Dispute):
    """A record of Rapid Dispute Resolution: the money went back without a chargeback."""
