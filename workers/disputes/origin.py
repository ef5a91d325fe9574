"""Whose payment a chargeback is about: the order of ours that made it, and what must not be charged again.

The gateway repeats the payment's `order_id` in its chargebacks; where it does not, the payment is asked for. Either is
its own authenticated word, and the ledger's row must name that very payment: others may use our order_ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cardinity_client import CardinityClient, Chargeback
from cardinity_client.errors import PaymentNotFound
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor

#: What the gateway knows an attempt by: the order_id, and which further attempt it is.
_REF = re.compile(r"([A-Za-z0-9.-]{2,47}?)(?:-a[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Origin:
    """`order_id` is None for a payment that is none of ours. `instrument` is the fingerprint of what our order was
    charged from: of its card, or of the earlier payment that a recurring charge named, so that the next one that names
    it is known; empty where there is no order.
    """

    order_id: str | None
    instrument: str


async def origin_of(chargeback: Chargeback, account: str, client: CardinityClient, ledger: Executor) -> Origin:
    """Whose payment it is.

    Raises:
        GatewayReadError: the chargeback does not say, and the payment cannot be read.
        LedgerUnavailable: the ledger does not answer.
    """
    payment_id = chargeback.payment_id
    ref = chargeback.order_id or await _asked(payment_id, client)
    match = _REF.fullmatch(ref or "")
    if match:
        row = await ledger.read("HMGET", keys.order(match[1]), "payment_id", "instrument", "lane", "account")
        if row[0] == payment_id.encode() and (row[2] or row[3]) == account.encode():
            return Origin(match[1], row[1].decode())
    return Origin(None, "")


async def _asked(payment_id: str, client: CardinityClient) -> str | None:
    try:
        return (await client.get_payment(payment_id)).order_id
    except PaymentNotFound:
        return None
