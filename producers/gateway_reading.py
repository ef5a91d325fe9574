"""Asks the gateway for what an order has made."""

from __future__ import annotations

from cardinity_client import CardinityClient
from cardinity_client.errors import ObjectNotFound
from producers.acceptance import Order
from producers.contract.names import FOLLOW_UPS, REFUND, SETTLEMENT
from producers.verification import Shown


async def shown_of(order: Order, gateway: CardinityClient) -> Shown | None:
    """The payment, or what follows one; None where the order made nothing, or the gateway knows nothing of it.

    Raises:
        GatewayReadError: no answer.
    """
    payment_id = order.payment_id
    if payment_id is None:
        return None
    try:
        if order.kind not in FOLLOW_UPS:
            return await gateway.get_payment(payment_id)
        if order.follow_up_id is None:
            return None
        if order.kind == REFUND:
            return await gateway.get_refund(payment_id, order.follow_up_id)
        if order.kind == SETTLEMENT:
            return await gateway.get_settlement(payment_id, order.follow_up_id)
        return await gateway.get_void(payment_id, order.follow_up_id)
    except ObjectNotFound:
        return None
