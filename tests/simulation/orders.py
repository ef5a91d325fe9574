"""The orders of simulated worlds: sealed once by the product's own producer side, then used by every world.

Every world begins at the same moment, so an order accepted in one is byte for byte the order accepted in another. They
are opened in every world, as the product opens them.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from functools import cache
from typing import Final

from cardinity_client.secret import Secret
from producers.acceptance import Acceptance, prepare
from producers.contract.commands import parse_charge
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


CHECKS: Final = Checks(OPENING, REGISTRY, mode="test")
_SEALER: Final = Sealer(SEALING, SigningKeys(PRODUCER_KEY, Secret(b"f" * 32)), "test")


@cache
def acceptance(number: int, kind: Kind = Kind.PLAIN, amount: str = "10.00") -> Acceptance:
    """The n-th order, ready to be accepted at the beginning of a world."""
    fields = {"order_id": f"ORD-{number}", "amount": amount, "currency": "EUR", "country": "LT", **CARD}
    life_ms = SHORT_LIFE_MS if kind is Kind.SHORT_LIVED else LONG_LIFE_MS
    charge = replace(parse_charge(fields, now_ms=BEGIN_MS, mode="test"), expires_at_ms=BEGIN_MS + life_ms)
    ready = prepare(charge, _SEALER, now_ms=BEGIN_MS, grace_ms=int(SWEEP.grace_s * 1000))
    return _forged(ready, number) if kind is Kind.FORGED else ready


def _forged(ready: Acceptance, number: int) -> Acceptance:
    """The same order with the envelope of another."""
    args = list(ready.call.args)
    other = list(acceptance(number + 100).call.args)
    place = args.index("envelope") + 1
    args[place] = other[other.index("envelope") + 1]
    return replace(ready, call=replace(ready.call, args=tuple(args)))
