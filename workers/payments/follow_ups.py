"""What may follow a payment, asked of the gateway before anything is sent: an amount that is left, a hold that holds.

The answer is good for as long as nothing else that follows the payment was sent: the intent is made behind exactly
as many as were known when this was asked, and only while none of them is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from cardinity_client import CardinityClient, Payment
from cardinity_client.errors import GatewayReadError, PaymentNotFound
from cardinity_client.models.follow_ups import (
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    FollowUp,
    Listing,
    Refund,
    Settlement,
    Void,
)
from producers.contract import states
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from workers.payments.checks import Following, Refused

F = TypeVar("F", bound=FollowUp)

#: Statuses under which money has moved, or may yet.
_TAKEN: Final = ("approved", "processing")


class NotAnswered(Exception):
    """The gateway could not be asked; the order can wait."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Followed:
    """A payment, and what has followed it so far."""

    payment: Payment
    refunds: Sequence[Refund]
    settlements: Sequence[Settlement]
    voids: Sequence[Void]

    @property
    def settled_minor(self) -> int:
        """What was taken: of a purchase all, of a hold what was settled. Minor units."""
        if self.payment.type != "authorization":
            return self.payment.amount.minor
        return sum(each.amount.minor for each in taken(self.settlements))


async def check(request: Following, ledger: Executor, client: CardinityClient) -> int:
    """How many were sent that follow the same payment, for the intent to hold against.

    Raises:
        Refused: it must not be sent; the code says why.
        NotAnswered: the gateway or its answer is not good enough now.
    """
    sent = await ledger.read("HGET", keys.parent(request.payment_id), "sent")
    if (code := refusal(request, await _followed(request.payment_id, client))) is not None:
        raise Refused(states.REJECTED, code)
    return int(sent or 0)


def refusal(request: Following, followed: Followed) -> str | None:
    """Why the gateway must not be asked for this, as a stable code. Pure."""
    payment = followed.payment
    if payment.status != "approved":
        return "payment_not_approved"
    if not isinstance(request, CreateVoid) and request.amount.currency != payment.amount.currency:
        return "currency_of_another"
    match request:
        case CreateRefund(amount=amount):
            returned = sum(each.amount.minor for each in taken(followed.refunds))
            return "refund_over_amount" if returned + amount.minor > followed.settled_minor else None
        case CreateSettlement(amount=amount):
            return _held(followed) or ("settlement_over_amount" if amount.minor > payment.amount.minor else None)
        case CreateVoid():
            return _held(followed)


def _held(followed: Followed) -> str | None:
    if followed.payment.type != "authorization":
        return "payment_is_no_hold"
    if any(taken(followed.settlements)):
        return "hold_settled"
    return "hold_voided" if any(taken(followed.voids)) else None


def taken(items: Sequence[F]) -> list[F]:
    """Those under which money has moved, or may yet."""
    return [each for each in items if each.status in _TAKEN]


async def _followed(payment_id: str, client: CardinityClient) -> Followed:
    try:
        payment, refunds, settlements, voids = await asyncio.gather(
            client.get_payment(payment_id),
            client.list_refunds(payment_id),
            client.list_settlements(payment_id),
            client.list_voids(payment_id),
        )
    except PaymentNotFound:
        raise Refused(states.REJECTED, "payment_not_found") from None
    except GatewayReadError as error:
        raise NotAnswered(error.code) from None
    return Followed(payment, whole(refunds), whole(settlements), whole(voids))


def whole(listing: Listing[F]) -> Sequence[F]:
    """The rows, if all could be read: what cannot be read may be money.

    Raises:
        NotAnswered: one could not.
    """
    if listing.unparsed:
        raise NotAnswered("list_unreadable")
    return listing.items
