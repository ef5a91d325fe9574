"""Whose payment a chargeback is about: the order of ours that made it, and what must not be charged again.

The gateway repeats the payment's `order_id` in its chargebacks; where it does not, the payment is asked for. Either is
its own authenticated word, and the ledger's row must name that very payment: others may use our order_ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cardinity_client import CardinityClient, Chargeback
from cardinity_client.errors import PaymentNotFound
from producers.contract.succession import root_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.tombstones import question, record_of

#: What the gateway knows an attempt by: the order_id, and which further attempt it is.
_REF: Final = re.compile(r"[A-Za-z0-9.-]{2,50}")
_FIELDS: Final = ("payment_id", "instrument", "lane", "account", "root")


@dataclass(frozen=True, slots=True)
class Origin:
    """`order_id` is None for a payment that is none of ours; of an order that went on for another it is that one's.
    `instrument` is the fingerprint of what was charged: a card, or the earlier payment that a recurring charge named,
    so that the next one that names it is known; empty where there is no order.
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
    if ref is not None and _REF.fullmatch(ref):
        for order_id in dict.fromkeys((ref, root_of(ref))):
            record = await _order(order_id, ledger)
            if record and record.text("payment_id") == payment_id and record.lane == account:
                return Origin(record.root or root_of(order_id), record.text("instrument"))
    return Origin(None, "")


async def _order(order_id: str, ledger: Executor) -> Record | None:
    values = await ledger.read("HMGET", keys.order(order_id), *_FIELDS)
    if any(values):
        return Record(order_id, {name: value for name, value in zip(_FIELDS, values, strict=True) if value})
    # A chargeback may come long after its order has left the ledger.
    stone = await ledger.read(*question(order_id))
    return record_of(order_id, stone) if stone else None


async def _asked(payment_id: str, client: CardinityClient) -> str | None:
    try:
        return (await client.get_payment(payment_id)).order_id
    except PaymentNotFound:
        return None
