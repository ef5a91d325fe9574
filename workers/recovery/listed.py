"""Payments that the gateway's list shows and nothing else tells of: an order_id that was paid is not paid again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cardinity_client import CardinityClient, Payment
from cardinity_client.client import PAGE_MAX
from producers.contract import states
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.recovery_calls import restore
from producers.runtime.ledger.retire_calls import bury
from producers.runtime.ledger.tombstones import Tombstone
from workers.payments.endings import PENDING_LOOK_MS
from workers.payments.facts import facts_of, milliseconds
from workers.recovery.restoring import LEDGER_LOST

#: What the gateway calls payments that may become approved.
_MAY_BECOME: Final = frozenset({"pending", "processing"})
#: What may be an order_id of ours.
_ORDER_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")


async def listed(client: CardinityClient) -> list[Payment]:
    """The newest payments of an account.

    Raises:
        GatewayReadError: they could not be read.
    """
    return list((await client.list_payments(PAGE_MAX)).payments)


def accounts_of(payments: Mapping[str, Iterable[Payment]]) -> dict[str, str]:
    """The account whose list shows a payment of that order_id, by the order_id. `payments` are by account."""
    return {each.order_id: account for account, some in payments.items() for each in some if each.order_id}


def calls_for(payments: Iterable[Payment], account: str) -> Iterator[Call[Any]]:
    """What takes the order_ids of payments with money. Where an order of that id is known, it stays as it is."""
    for payment in payments:
        if not payment.order_id or not _ORDER_ID.fullmatch(payment.order_id):
            continue
        if payment.status == "approved":
            yield bury(payment.order_id, _stone(payment, account))
        elif payment.status in _MAY_BECOME:
            yield _waiting(payment.order_id, payment, account)


def _stone(payment: Payment, account: str) -> Tombstone:
    created_ms = milliseconds(payment.created_at)
    return Tombstone(states.APPROVED, created_ms, payment.amount, account, made=payment.id)


def _waiting(order_id: str, payment: Payment, account: str) -> Call[str]:
    created_ms = milliseconds(payment.created_at)
    fields: dict[str, Argument] = {
        "ref": order_id,
        "token": secrets.token_hex(16),
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
    return restore(
        order_id, states.PENDING, fields, overtakes=(), detail="listed by the gateway", due_ms=PENDING_LOOK_MS
    )
