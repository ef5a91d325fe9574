"""Payments that the gateway's list shows and nothing else tells of: an order_id that was paid is not paid again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cardinity_client import CardinityClient, Payment
from cardinity_client.client import PAGE_MAX
from producers.contract import states
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.recovery_calls import restore
from workers.payments.endings import PENDING_LOOK_MS
from workers.payments.facts import facts_of, milliseconds
from workers.recovery.restoring import LEDGER_LOST

#: What may be an order_id of ours.
_ORDER_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
#: What of the gateway's words means that money moved, or may yet.
_MONEY: Final = {
    "approved": states.APPROVED,
    "pending": states.PENDING,
    "processing": states.PENDING,
}


async def listed(client: CardinityClient) -> list[Payment]:
    """The newest payments of an account.

    Raises:
        GatewayReadError: they could not be read.
    """
    return list((await client.list_payments(PAGE_MAX)).payments)


def calls_for(payments: Iterable[Payment], account: str) -> Iterator[Call[str]]:
    """What takes the order_ids of payments with money. Where an order of that id is known, its row stays as it is."""
    for payment in payments:
        state = _MONEY.get(payment.status)
        if state is None or not payment.order_id or not _ORDER_ID.fullmatch(payment.order_id):
            continue
        created_ms = milliseconds(payment.created_at)
        fields: dict[str, Argument] = {
            "ref": payment.order_id,
            "amount_minor": payment.amount.minor,
            "currency": payment.amount.currency,
            "account": account,
            "lane": account,
            "intent_at": created_ms,
            "created_at": created_ms,
            "recovered": 1,
            "reason": LEDGER_LOST,
            **facts_of(payment),
        }
        due_ms = PENDING_LOOK_MS if state == states.PENDING else None
        yield restore(payment.order_id, state, fields, overtakes=(), detail="listed by the gateway", due_ms=due_ms)
