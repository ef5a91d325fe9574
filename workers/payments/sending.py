"""Which of the gateway's writes carries out which request."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from cardinity_client import (
    CardinityClient,
    CreatePayment,
    CreatePaymentLink,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    Decision,
    LinkAnswer,
    Payment,
)
from cardinity_client.models.follow_ups import FollowUp
from workers.payments.checks import Request

#: What the one write of an order comes to.
SpineAnswer: TypeAlias = Decision[Payment | FollowUp] | LinkAnswer


async def send(request: Request, client: CardinityClient, *, deadline_s: float) -> SpineAnswer:
    """The one write of an order; what it came to."""
    match request:
        case CreatePayment():
            return await client.create_payment(request, deadline_s=deadline_s)
        case CreateRefund():
            return await client.create_refund(request, deadline_s=deadline_s)
        case CreateSettlement():
            return await client.create_settlement(request, deadline_s=deadline_s)
        case CreateVoid():
            return await client.create_void(request, deadline_s=deadline_s)
        case CreatePaymentLink():
            return await client.create_payment_link(request, deadline_s=deadline_s)
        case _:
            assert_never(request)
