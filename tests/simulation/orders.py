"""The orders of simulated worlds: sealed once by the product's own producer side, then used by every world.

Every world begins at the same moment, so an order accepted in one is byte for byte the order accepted in another. They
are opened in every world, as the product opens them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Final

from cardinity_client import Payment
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.acceptance import Acceptance, prepare
from producers.contract import names
from producers.contract.commands import parse_charge
from producers.contract.follow_ups import parse_follow_up, token_of
from producers.contract.key_formats import SigningKeys
from producers.vault import Sealer
from tests.simulation.chance import BEGIN_MS
from tests.simulation.times import SWEEP
from tests.stack import CARD
from tests.unit.contract.builders import OPENING, PRODUCER_KEY, REGISTRY, SEALING
from workers.payments.checks import Checks

ACCOUNT: Final = "default"
#: When an order with a short life expires, ms after the beginning.
SHORT_LIFE_MS: Final = 120
LONG_LIFE_MS: Final = 3_600_000


class Verdict(Enum):
    """What the gateway makes of an order's request."""

    APPROVED = "approved"
    DECLINED = "declined"
    PENDING_APPROVED = "pending, then approved"
    PENDING_DECLINED = "pending, then declined"
    REJECTED = "rejected"


class Kind(Enum):
    """What is special about an order before it is sent."""

    PLAIN = "plain"
    SHORT_LIVED = "expires soon"
    #: Its envelope was sealed for another order: it must never be sent.
    FORGED = "envelope of another order"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an order wants of a payment that was made before its world began; a void wants no amount."""

    kind: str
    payment_id: str
    amount: str = ""


#: A purchase of 10.00 EUR and a hold of as much.
PAID: Final = "00000000-0000-4000-8000-00000000000a"
HELD: Final = "00000000-0000-4000-8000-00000000000b"
#: Two of the first are too much for the purchase; no two of the last go together.
WISHES: Final = (
    Wish(names.REFUND, PAID, "6.00"),
    Wish(names.REFUND, PAID, "4.00"),
    Wish(names.SETTLEMENT, HELD, "4.00"),
    Wish(names.VOID, HELD),
)

CHECKS: Final = Checks(OPENING, REGISTRY, mode="test")
_SEALER: Final = Sealer(SEALING, SigningKeys(PRODUCER_KEY, Secret(b"f" * 32)), "test")


def is_of_batch(number: int) -> bool:
    """Whether nobody waits for the n-th order, if it is a charge."""
    return number % 2 == 1


@cache
def acceptance(number: int, kind: Kind = Kind.PLAIN, amount: str = "10.00") -> Acceptance:
    """The n-th order, ready to be accepted at the beginning of a world. Every second one is a batch's."""
    fields = {"order_id": f"ORD-{number}", "amount": amount, "currency": "EUR", "country": "LT", **CARD}
    life_ms = SHORT_LIFE_MS if kind is Kind.SHORT_LIVED else LONG_LIFE_MS
    charge = replace(parse_charge(fields, now_ms=BEGIN_MS, mode="test"), expires_at_ms=BEGIN_MS + life_ms)
    batch = "nightly" if is_of_batch(number) else ""
    ready = prepare(charge, _SEALER, now_ms=BEGIN_MS, grace_ms=int(SWEEP.grace_s * 1000), batch=batch)
    return _forged(ready, number) if kind is Kind.FORGED else ready


@cache
def following(number: int, wish: Wish, kind: Kind = Kind.PLAIN) -> Acceptance:
    """The same for an order that follows a payment."""
    fields = {"order_id": f"ORD-{number}", "payment_id": wish.payment_id}
    if wish.amount:
        fields |= {"amount": wish.amount, "currency": "EUR"}
    life_ms = SHORT_LIFE_MS if kind is Kind.SHORT_LIVED else LONG_LIFE_MS
    order = parse_follow_up(wish.kind, fields, now_ms=BEGIN_MS).expiring(BEGIN_MS + life_ms)
    ready = prepare(order, _SEALER, now_ms=BEGIN_MS, grace_ms=int(SWEEP.grace_s * 1000))
    return _forged(ready, number, wish) if kind is Kind.FORGED else ready


def order_of(description: str | None) -> str:
    """The order whose token ends that description."""
    return _BY_TOKEN[(description or "").split(" ")[-1]]


@cache
def payments_of_before() -> tuple[Payment, ...]:
    """What wishes are about."""
    made = datetime.fromtimestamp(BEGIN_MS / 1000 - 60, UTC)
    return tuple(
        Payment(
            id=payment_id,
            order_id=f"OTHER-{payment_id[-1]}",
            amount=Money(1000, "EUR"),
            created_at=made,
            status="approved",
            type=type_,
            live=False,
            last4="0000",
            brand="Visa",
            error=None,
            merchant_advice_code=None,
            threeds_status_reason=None,
        )
        for payment_id, type_ in ((PAID, "purchase"), (HELD, "authorization"))
    )


def _forged(ready: Acceptance, number: int, wish: Wish | None = None) -> Acceptance:
    """The same order with the envelope of another."""
    args = list(ready.call.args)
    another = following(number + 100, wish) if wish else acceptance(number + 100)
    other = list(another.call.args)
    place = args.index("envelope") + 1
    args[place] = other[other.index("envelope") + 1]
    return replace(ready, call=replace(ready.call, args=tuple(args)))


#: A world has a few orders; a forged one's envelope is that of an order a hundred further on.
_BY_TOKEN: Final = {token_of(f"ORD-{number}"): f"ORD-{number}" for number in range(120)}
