"""What may follow a payment, asked of the gateway before anything is sent: an amount that is left, a hold that holds.

The answer is good for as long as nothing else that follows the payment was sent: the intent is made behind exactly
as many as were known when this was asked, and only while none of them is open. What the list does not show yet the
ledger knows, if it was made by an order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

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
from producers.contract import names, states
from producers.contract.follow_ups import carries
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from workers.payments.checks import Following, Refused
from workers.payments.under_payment import TAKEN, is_sound

F = TypeVar("F", bound=FollowUp)

#: Why nothing is sent that is there already.
MADE_BEFORE: Final = "made_before"

_MADE: Final = (names.REFUND, names.SETTLEMENT, names.VOID)


class NotAnswered(Exception):
    """It cannot be asked now, or not answered; the order can wait. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Shown(Refused):
    """The gateway shows what carries the order's own token. `follows` is what `check` would have answered."""

    def __init__(self, follows: int) -> None:
        super().__init__(states.REJECTED, MADE_BEFORE)
        self.follows = follows


@dataclass(frozen=True, slots=True)
class Made:
    """What orders have made that follows a payment, as the ledger summed it up (minor units); None: nothing of it."""

    refunds: int | None = None
    settlements: int | None = None
    voids: int | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A payment, and what has followed it so far: what the gateway shows, and what the ledger knows of."""

    payment: Payment
    refunds: Sequence[Refund]
    settlements: Sequence[Settlement]
    voids: Sequence[Void]
    made: Made = Made()

    @property
    def settled_minor(self) -> int:
        """What was taken: of a purchase all, of a hold what was settled. Minor units."""
        if self.payment.type != "authorization":
            return self.payment.amount.minor
        return max(_sum(self.settlements), self.made.settlements or 0)

    @property
    def returned_minor(self) -> int:
        """What was given back, or is about to be. Minor units."""
        return max(_sum(self.refunds), self.made.refunds or 0)


async def check(request: Following, token: str, ledger: Executor, client: CardinityClient) -> int:
    """How many were sent that follow the same payment, for the intent to hold against. `token` is the order's own.

    Raises:
        Refused: it must not be sent; the code says why. `Shown` if it was made before.
        NotAnswered: another is open, or the gateway's answer is not good enough now.
    """
    known = await ledger.read("HMGET", keys.parent(request.payment_id), "open", "sent", *_MADE)
    is_open, sent, *made = known
    if is_open:
        raise NotAnswered("follows_another")
    sums = Made(*(None if each is None else int(each) for each in made))
    followed = await _followed(request, client, sums)
    follows = int(sent or 0)
    if (code := refusal(request, followed, token)) is not None:
        raise Shown(follows) if code == MADE_BEFORE else Refused(states.REJECTED, code)
    return follows


def refusal(request: Following, followed: Followed, token: str = "") -> str | None:
    """Why the gateway must not be asked for this, as a stable code. Pure.

    What carries the order's own token was made before, whoever has forgotten it: it is never made again.
    """
    payment = followed.payment
    every = (*followed.refunds, *followed.settlements, *followed.voids)
    if token and any(carries(token, each.description) for each in taken(every)):
        return MADE_BEFORE
    if payment.status != "approved":
        return "payment_not_approved"
    if not isinstance(request, CreateVoid) and request.amount.currency != payment.amount.currency:
        return "currency_of_another"
    match request:
        case CreateRefund(amount=amount):
            over = followed.returned_minor + amount.minor > followed.settled_minor
            return "refund_over_amount" if over else None
        case CreateSettlement(amount=amount):
            return _held(followed) or ("settlement_over_amount" if amount.minor > payment.amount.minor else None)
        case CreateVoid():
            return _held(followed)


def _held(followed: Followed) -> str | None:
    if followed.payment.type != "authorization":
        return "payment_is_no_hold"
    if any(taken(followed.settlements)) or followed.made.settlements is not None:
        return "hold_settled"
    return "hold_voided" if any(taken(followed.voids)) or followed.made.voids is not None else None


def _sum(items: Sequence[Refund] | Sequence[Settlement]) -> int:
    return sum(each.amount.minor for each in items if each.status in TAKEN)


def taken(items: Sequence[F]) -> list[F]:
    """Those under which money has moved, or may yet."""
    return [each for each in items if each.status in TAKEN]


async def _followed(request: Following, client: CardinityClient, made: Made) -> Followed:
    """What the answer to this request hangs on, and no more: every list is a read of the gateway."""
    payment_id, back = request.payment_id, isinstance(request, CreateRefund)
    try:
        payment, refunds, settlements, voids = await asyncio.gather(
            client.get_payment(payment_id),
            client.list_refunds(payment_id) if back else _nothing(),
            client.list_settlements(payment_id),
            _nothing() if back else client.list_voids(payment_id),
        )
    except PaymentNotFound:
        raise Refused(states.REJECTED, "payment_not_found") from None
    except GatewayReadError as error:
        raise NotAnswered(error.code) from None
    parts = (whole(refunds, payment.id), whole(settlements, payment.id), whole(voids, payment.id))
    return Followed(payment, *parts, made)


async def _nothing() -> Listing[Any]:
    return Listing((), 0, 0)


def whole(listing: Listing[F], payment_id: str) -> Sequence[F]:
    """The rows, if they can be reckoned with: what cannot be read may be money.

    Raises:
        NotAnswered: one could not be read, or the list contradicts itself.
    """
    if not is_sound(listing, payment_id):
        raise NotAnswered("list_unreadable")
    return listing.items
