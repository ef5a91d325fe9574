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
from producers.contract.commands import Charge, parse_charge
from producers.contract.envelope import ProducerRegistry
from producers.contract.follow_ups import FollowUp, parse_follow_up, token_of
from producers.contract.key_formats import SigningKeys
from producers.contract.links import LinkOrder, parse_link
from producers.vault import Sealer
from tests.simulation.chance import BEGIN_MS
from tests.simulation.times import SWEEP
from tests.stack import CARD
from tests.unit.contract.builders import OPENING, PRODUCER, PRODUCER_KEY, SEALING
from workers.payments.checks import Checks

ACCOUNT: Final = "default"
#: When an order with a short life expires, ms after the beginning.
SHORT_LIFE_MS: Final = 120
LONG_LIFE_MS: Final = 3_600_000
#: When a link ends on which nobody pays in good time, ms after the beginning: later than it is first looked at.
LINK_LIFE_MS: Final = 1300


class Verdict(Enum):
    """What the gateway makes of an order's request."""

    APPROVED = "approved"
    DECLINED = "declined"
    PENDING_APPROVED = "pending, then approved"
    PENDING_DECLINED = "pending, then declined"
    REJECTED = "rejected"
    #: The bank asks the customer first, by 3-D Secure.
    ASKED_APPROVED = "asked, then approved"
    ASKED_DECLINED = "asked, then declined"
    #: Only of a hold: the bank refuses the first settlement that it is asked for.
    HELD_DECLINED = "held, then declined"


class Form(Enum):
    """How an order wants to be paid."""

    CHARGE = "charge"
    TWO_PHASE = "two-phase charge"
    LINK = "payment link"


class Paying(Enum):
    """What a customer does who is told the address of a link."""

    ONCE = "pays"
    TWICE = "pays twice"
    IN_THE_END = "is declined, then pays"
    LATE = "begins to pay when it is nearly over"
    NEVER = "never pays"
    CANCELLED = "has the merchant cancel it, and perhaps pays meanwhile"


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

#: The accounts of a world that has two, by priority.
FIRST, SECOND = ACCOUNTS = "first", "second"

_PRODUCER: Final = replace(PRODUCER, accounts=frozenset({ACCOUNT, *ACCOUNTS}))
CHECKS: Final = Checks(OPENING, ProducerRegistry([_PRODUCER]), mode="test")
_SEALER: Final = Sealer(lambda: SEALING, SigningKeys(PRODUCER_KEY, Secret(b"f" * 32)), "test")


def is_of_batch(number: int) -> bool:
    """Whether nobody waits for the n-th order, if it is a charge."""
    return number % 2 == 1


@cache
def acceptance(
    number: int, kind: Kind = Kind.PLAIN, amount: str = "10.00", form: Form = Form.CHARGE, account: str = ACCOUNT
) -> Acceptance:
    """The n-th order, ready to be accepted at the beginning of a world; a charge, of one phase or of two.

    Every second one is a batch's.
    """
    fields = {"order_id": f"ORD-{number}", "amount": amount, "currency": "EUR", "country": "LT", **CARD}
    fields |= {"account": account} | ({"mode": "two_phase"} if form is Form.TWO_PHASE else {})
    batch = "nightly" if is_of_batch(number) else ""
    ready = _prepared(parse_charge(fields, now_ms=BEGIN_MS, mode="test"), kind, batch)
    return _forged(ready, acceptance(number + 100, form=form, account=account)) if kind is Kind.FORGED else ready


@cache
def linking(number: int, paying: Paying, kind: Kind = Kind.PLAIN, account: str = ACCOUNT) -> Acceptance:
    """The same for an order of a payment link."""
    short = paying in (Paying.LATE, Paying.NEVER)
    ends_at = datetime.fromtimestamp((BEGIN_MS + (LINK_LIFE_MS if short else LONG_LIFE_MS)) / 1000, UTC)
    fields = {
        "order_id": f"ORD-{number}",
        "amount": "10.00",
        "currency": "EUR",
        "country": "LT",
        "description": "Invoice",
        "expires_at": ends_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "account": account,
    }
    ready = _prepared(parse_link(fields, now_ms=BEGIN_MS), kind)
    return _forged(ready, linking(number + 100, paying, account=account)) if kind is Kind.FORGED else ready


@cache
def following(number: int, wish: Wish, kind: Kind = Kind.PLAIN, account: str = ACCOUNT) -> Acceptance:
    """The same for an order that follows a payment."""
    fields = {"order_id": f"ORD-{number}", "payment_id": wish.payment_id, "account": account}
    if wish.amount:
        fields |= {"amount": wish.amount, "currency": "EUR"}
    ready = _prepared(parse_follow_up(wish.kind, fields, now_ms=BEGIN_MS), kind)
    return _forged(ready, following(number + 100, wish, account=account)) if kind is Kind.FORGED else ready


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


def _prepared(order: Charge | LinkOrder | FollowUp, kind: Kind, batch: str = "") -> Acceptance:
    life_ms = SHORT_LIFE_MS if kind is Kind.SHORT_LIVED else LONG_LIFE_MS
    wanted, grace_ms = order.expiring(BEGIN_MS + life_ms), int(SWEEP.grace_s * 1000)
    return prepare(wanted, _SEALER, now_ms=BEGIN_MS, grace_ms=grace_ms, batch=batch)


def _forged(ready: Acceptance, another: Acceptance) -> Acceptance:
    """The same order with the envelope of another."""
    args, other = list(ready.call.args), list(another.call.args)
    args[args.index("envelope") + 1] = other[other.index("envelope") + 1]
    return replace(ready, call=replace(ready.call, args=tuple(args)))


#: A world has a few orders; a forged one's envelope is that of an order a hundred further on.
_BY_TOKEN: Final = {token_of(f"ORD-{number}"): f"ORD-{number}" for number in range(120)}
