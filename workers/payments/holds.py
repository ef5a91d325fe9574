"""What has become of a hold: looked up at the gateway, and what that makes of its two-phase order. Deciding is pure.

A hold is settled once, whoever asks for it and however often: that is the one thing the gateway must keep. So a
settlement may be asked for again, after a look has shown none. It is declined only once the hold was let go: what is
voided no settlement that comes late can take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from cardinity_client import CardinityClient, Payment
from cardinity_client.errors import GatewayReadError
from cardinity_client.models.follow_ups import Settlement, Void
from producers.contract.follow_ups import carries, token_of
from producers.runtime.ledger.record import Record
from workers.payments.follow_ups import NotAnswered, taken, whole


@dataclass(frozen=True, slots=True)
class Hold:
    """A payment, its settlements and its voids."""

    payment: Payment
    settlements: Sequence[Settlement]
    voids: Sequence[Void]

    def with_settlement(self, told: Settlement | None) -> Hold:
        """The same where this answer is known, which no list may show."""
        if told is None or any(each.id == told.id for each in self.settlements):
            return self
        return replace(self, settlements=(*self.settlements, told))

    @property
    def told(self) -> str:
        """As evidence."""
        follow = [f"{made.id} {made.status}" for made in (*self.settlements, *self.voids)]
        payment = self.payment
        return "; ".join((f"{payment.id} {payment.type} {payment.status} {payment.amount.text}", *follow))


@dataclass(frozen=True, slots=True)
class Paid:
    """The whole amount is settled, once."""

    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Nothing was taken and nothing can be any more; `refused` is the settlement that the bank declined, if it did."""

    refused: Settlement | None


@dataclass(frozen=True, slots=True)
class Astray:
    """Somebody else has done something to it: a human decides. `why` is a stable code."""

    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """It holds: ask for this, or wait for what is under way."""

    what: Literal["settlement", "void", "nothing"]


Standing: TypeAlias = Paid | Unpaid | Astray | Ask


async def look(client: CardinityClient, payment_id: str) -> Hold:
    """The hold as the gateway tells it now.

    Raises:
        NotAnswered: it could not be read, or not all of it.
    """
    try:
        payment, settlements, voids = await asyncio.gather(
            client.get_payment(payment_id), client.list_settlements(payment_id), client.list_voids(payment_id)
        )
    except GatewayReadError as error:
        raise NotAnswered(error.code) from None
    return Hold(payment, whole(settlements), whole(voids))


def standing_of(record: Record, hold: Hold) -> Standing:
    """What the chosen hold of this two-phase order has come to."""
    payment = hold.payment
    if payment.order_id != record.ref or payment.amount != record.amount:
        return Astray("payment_of_another_order")
    if payment.status == "declined":
        return Unpaid(None)
    if payment.status != "approved":
        return Ask("nothing")
    if payment.type != "authorization":
        return Astray("payment_is_no_hold")
    token = token_of(record.order_id)
    refused = [each for each in hold.settlements if each.status == "declined" and carries(token, each.description)]
    if settled := taken(hold.settlements):
        return _settled(record, settled)
    if voided := taken(hold.voids):
        return _voided(token, voided, refused)
    return Ask("void" if refused else "settlement")


def _settled(record: Record, settled: Sequence[Settlement]) -> Standing:
    if any(each.status == "processing" for each in settled):
        return Ask("nothing")
    if len(settled) == 1 and settled[0].amount == record.amount:
        return Paid(settled[0])
    return Astray("settled_otherwise")


def _voided(token: str, voided: Sequence[Void], refused: Sequence[Settlement]) -> Standing:
    if any(each.status == "processing" for each in voided):
        return Ask("nothing")
    if any(carries(token, each.description) for each in voided):
        return Unpaid(refused[0] if refused else None)
    return Astray("voided_by_another")
