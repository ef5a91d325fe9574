"""The names that both sides of the queue must agree on: one table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from producers.contract import states
from producers.contract.states import STATES, TERMINAL, VISIBLE

__all__ = [
    "ACTOR_CHARGE",
    "ACTOR_CHARGE_BATCH",
    "ACTOR_HINT",
    "CHARGEBACK_APPROVED",
    "CHARGEBACK_DECLINED",
    "CHARGEBACK_INITIATED",
    "CHARGEBACK_TYPES",
    "EVENT_SOURCE",
    "EVENT_TYPES",
    "FOLLOW_UPS",
    "HOLD_EXPIRING",
    "KIND_EVENT_TYPES",
    "LINK",
    "MESSAGE_VERSION",
    "PAYMENT_ACCEPTED",
    "PAYMENT_APPROVED",
    "PAYMENT_CANCELLED",
    "PAYMENT_DECLINED",
    "PAYMENT_EXPIRED",
    "PAYMENT_NOT_CHARGED",
    "PAYMENT_PARKED",
    "PAYMENT_PENDING",
    "PAYMENT_REJECTED",
    "PAYMENT_UNKNOWN",
    "QUEUES",
    "QUEUE_BATCHES",
    "QUEUE_PAYMENTS",
    "REFUND",
    "SETTLEMENT",
    "SPLIT_COMPENSATED",
    "SPLIT_COMPLETED",
    "SPLIT_FAILED",
    "SPLIT_PARTIAL",
    "SPLIT_TYPES",
    "STATES",
    "TERMINAL",
    "VISIBLE",
    "VOID",
]

#: The Dramatiq queue of wake-up calls for orders that somebody waits for, and the one for orders of batches.
QUEUE_PAYMENTS: Final = "payments"
QUEUE_BATCHES: Final = "payments_batch"
#: All of them, in the order in which workers serve them.
QUEUES: Final = (QUEUE_PAYMENTS, QUEUE_BATCHES)
#: The Dramatiq actors that answer them. They do the same: Dramatiq wants one name per queue.
ACTOR_CHARGE: Final = "charge"
ACTOR_CHARGE_BATCH: Final = "charge_batch"
#: The one that looks at a payment because somebody was told that something happened to it.
ACTOR_HINT: Final = "hint"
#: Version of the message's arguments. A worker leaves newer ones on the queue.
MESSAGE_VERSION: Final = 1

#: `source` of every CloudEvent.
EVENT_SOURCE: Final = "/cardinity-batch"

PAYMENT_ACCEPTED: Final = "payment.accepted"
PAYMENT_PENDING: Final = "payment.pending"
PAYMENT_UNKNOWN: Final = "payment.unknown"
PAYMENT_PARKED: Final = "payment.parked"
PAYMENT_APPROVED: Final = "payment.approved"
PAYMENT_DECLINED: Final = "payment.declined"
PAYMENT_REJECTED: Final = "payment.rejected"
PAYMENT_EXPIRED: Final = "payment.expired"
PAYMENT_CANCELLED: Final = "payment.cancelled"
PAYMENT_NOT_CHARGED: Final = "payment.not_charged"

#: The event that tells of entering a state; `claimed` and `sending` are the engine's own business.
EVENT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        states.ACCEPTED: PAYMENT_ACCEPTED,
        states.PENDING: PAYMENT_PENDING,
        states.UNKNOWN: PAYMENT_UNKNOWN,
        states.PARKED: PAYMENT_PARKED,
        states.APPROVED: PAYMENT_APPROVED,
        states.DECLINED: PAYMENT_DECLINED,
        states.REJECTED: PAYMENT_REJECTED,
        states.EXPIRED: PAYMENT_EXPIRED,
        states.CANCELLED: PAYMENT_CANCELLED,
        states.NOT_CHARGED: PAYMENT_NOT_CHARGED,
    }
)

#: What may follow a payment, in the gateway's words.
REFUND: Final = "refund"
SETTLEMENT: Final = "settlement"
VOID: Final = "void"
FOLLOW_UPS: Final = (REFUND, SETTLEMENT, VOID)
#: A page of the gateway's on which somebody pays.
LINK: Final = "link"
#: The event types of orders that are no charge, by kind and state.
KIND_EVENT_TYPES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {(kind, state): f"{kind}.{state}" for kind in (*FOLLOW_UPS, LINK) for state in EVENT_TYPES}
)

#: The event that tells of a hold that is about to expire; no state is entered by it.
HOLD_EXPIRING: Final = "payment.hold_expiring"

CHARGEBACK_INITIATED: Final = "chargeback.initiated"
CHARGEBACK_APPROVED: Final = "chargeback.approved"
CHARGEBACK_DECLINED: Final = "chargeback.declined"

#: The event that tells of a chargeback's status.
CHARGEBACK_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"initiated": CHARGEBACK_INITIATED, "approved": CHARGEBACK_APPROVED, "declined": CHARGEBACK_DECLINED}
)

SPLIT_COMPLETED: Final = "split.completed"
SPLIT_PARTIAL: Final = "split.partial"
SPLIT_FAILED: Final = "split.failed"
SPLIT_COMPENSATED: Final = "split.compensated"

#: The event that tells how a payment in parts has ended.
SPLIT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "completed": SPLIT_COMPLETED,
        "partial": SPLIT_PARTIAL,
        "failed": SPLIT_FAILED,
        "compensated": SPLIT_COMPENSATED,
    }
)
