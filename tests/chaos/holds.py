"""What became of every hold of two-phase orders, from the gateway's own books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from producers.contract.follow_ups import token_of
from producers.runtime.ledger.record import Record
from tests.stack import Stack


@dataclass(frozen=True, slots=True)
class Held:
    """One approved authorisation: amounts of its approved settlements, and how often it was let go."""

    order_id: str
    payment_id: str
    settled: tuple[str, ...]
    voided: int

    @property
    def still_holds(self) -> bool:
        """Neither taken nor let go: it binds the customer's money."""
        return not self.settled and not self.voided


def read_holds(stack: Stack, order_ids: Iterable[str]) -> list[Held]:
    """Every hold of these orders, whoever knows of it."""
    settled, voided = _approved(stack, "settlement"), _approved(stack, "void")
    return [
        Held(
            order_id,
            payment["id"],
            tuple(made["amount"] for made in settled if made["parent_id"] == payment["id"]),
            sum(made["parent_id"] == payment["id"] for made in voided),
        )
        for order_id in order_ids
        for payment in stack.admin(f"payments?order_id={order_id}")
        if payment["type"] == "authorization" and payment["status"] == "approved"
    ]


def payments_of(stack: Stack, order_id: str) -> list[str]:
    """The ids of all that was charged or held for this order."""
    return [payment["id"] for payment in stack.admin(f"payments?order_id={order_id}")]


def still_holding(stack: Stack, order_ids: Iterable[str]) -> dict[str, list[str]]:
    """Holds that are neither taken nor let go, by order."""
    held: dict[str, list[str]] = {}
    for hold in read_holds(stack, order_ids):
        if hold.still_holds:
            held.setdefault(hold.order_id, []).append(hold.payment_id)
    return held


def takings(holds: Iterable[Held]) -> dict[str, list[str]]:
    """What was taken, by order."""
    taken: dict[str, list[str]] = {}
    for hold in holds:
        taken.setdefault(hold.order_id, []).extend(hold.settled)
    return {order_id: amounts for order_id, amounts in taken.items() if amounts}


def as_charges(
    stack: Stack, orders: Mapping[str, Record], charges: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """The gateway's counts where a two-phase order is charged as often as its holds were settled. What belongs to its
    second phase, and voids of strays, are nobody's orders and left out.
    """
    refs = {record.ref: order_id for order_id, record in orders.items() if record.two_phase}
    if not refs:
        return dict(charges)
    taken = takings(read_holds(stack, refs.values()))
    operations = stack.admin("operations")["operations"]
    others = {
        *(token_of(order_id) for order_id in refs.values()),
        *(token_of(row["parent_id"]) for row in operations if row["operation"] == "void"),
    }
    return {
        ref: {**row, "approved": len(taken.get(refs[ref], ()))} if ref in refs else row
        for ref, row in charges.items()
        if ref not in others
    }


def _approved(stack: Stack, kind: str) -> list[Mapping[str, Any]]:
    return [made for made in stack.admin(f"records?type={kind}") if made["status"] == "approved"]
