"""A hold that the gateway is about to let expire, told to its owner: once, while there is still time to settle it.

The id follows from the attempt that made the hold (`<attempt_ref>:hold_expiring`), so the same warning twice is one
event.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cardinity_client.money import Money
from producers.contract import names
from producers.contract.cloud_event import AwareTime, CloudEvent

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class HoldData(msgspec.Struct, frozen=True, kw_only=True):
    """The hold, of which nothing is settled."""

    order_id: str
    #: What the gateway knows this attempt by.
    attempt_ref: str
    #: The merchant account that has the hold.
    account: str
    producer: str
    #: What is held and not settled.
    amount: str
    currency: str
    #: The gateway's id of the payment, which `settle` and `void` take.
    payment_id: str
    #: When the gateway lets it go, at the earliest.
    expires_at: AwareTime


class HoldExpiring(CloudEvent, frozen=True, kw_only=True, tag_field="type", tag=names.HOLD_EXPIRING):
    """The amount is held, and the gateway will soon let it go."""

    data: HoldData


def hold_expiring_id(attempt_ref: str) -> str:
    """The id of the event that tells of the expiry of the hold that this attempt made."""
    return f"{attempt_ref}:{names.HOLD_EXPIRING.partition('.')[2]}"


def hold_expiring(
    *,
    order_id: str,
    attempt_ref: str,
    account: str,
    producer: str,
    amount: Money,
    payment_id: str,
    expires_at_ms: int,
    time_ms: int,
) -> HoldExpiring:
    """The event that tells at `time_ms` that the hold expires at `expires_at_ms`."""
    data = HoldData(
        order_id=order_id,
        attempt_ref=attempt_ref,
        account=account,
        producer=producer,
        amount=amount.text,
        currency=amount.currency,
        payment_id=payment_id,
        expires_at=_EPOCH + timedelta(milliseconds=expires_at_ms),
    )
    time = _EPOCH + timedelta(milliseconds=time_ms)
    return HoldExpiring(id=hold_expiring_id(attempt_ref), subject=order_id, time=time, data=data)


def contradiction(event: HoldExpiring) -> str:
    """What in this event contradicts itself; empty if nothing does."""
    told = event.data
    if event.id != hold_expiring_id(told.attempt_ref) or event.subject != told.order_id:
        return "id or subject are not those of the data"
    return ""
