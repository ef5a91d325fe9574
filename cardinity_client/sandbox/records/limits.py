"""What a payment still allows: how much can be refunded, settled or disputed, and whether it can be voided.

Pure. Amounts in processing are spoken for: two refunds that are both on their way must not exceed what was paid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cardinity_client.money import Money
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.records.record import Kind, Record
from cardinity_client.sandbox.records.requests import WantedRecord
from cardinity_client.sandbox.wire import Payment

_DAY_MS: Final = 24 * 60 * 60 * 1000
#: A description that makes the test mode decline.
FAILS: Final = "fail"
#: What an expired hold comes to: the bank says no, it is no mistake of the request.
HOLD_EXPIRED: Final = "3000: Rejected by issuer"
TEST_DECLINE: Final = "3000: Do Not Honor"


@dataclass(frozen=True, slots=True)
class Standing:
    """A payment, how old it is, and what has followed it so far."""

    payment: Payment
    age_ms: int
    records: Callable[[Kind], Sequence[Record]]

    @property
    def paid_minor(self) -> int:
        """What the shopper has paid: a purchase at once, an authorization what was settled of it."""
        if self.payment.status != "approved":
            return 0
        return self.minor if self.payment.type == "purchase" else self.taken_minor("settlement")

    @property
    def minor(self) -> int:
        return Money.parse(self.payment.amount, self.payment.currency).minor

    def taken_minor(self, kind: Kind) -> int:
        """The sum of what is not declined."""
        return sum(
            Money.parse(record.amount, record.currency).minor
            for record in self.records(kind)
            if record.status != "declined"
        )

    def has(self, kind: Kind) -> bool:
        """Whether anything of the kind is there that is not declined."""
        return any(record.status != "declined" for record in self.records(kind))


def problem(
    kind: Kind, wanted: WantedRecord, standing: Standing, *, several_settlements: bool = False
) -> FieldError | None:
    """Why the payment does not allow it, None when it does."""
    asked = 0 if wanted.amount is None else wanted.amount.minor
    if kind == "refund":
        return _refund_problem(asked, standing)
    if kind in ("settlement", "void"):
        return _hold_problem(kind, asked, standing, several=several_settlements)
    if not standing.paid_minor:
        return _status(standing, "only an approved payment can be disputed")
    return _excess(asked, standing.minor, standing)


def refusal_by_bank(kind: Kind, wanted: WantedRecord, standing: Standing, *, hold_days: int) -> str | None:
    """The bank's no to a request that is in order, None when it says yes. Disputes are the bank's own."""
    if kind in ("chargeback", "rdr"):
        return None
    if wanted.description == FAILS:
        return TEST_DECLINE
    if kind == "settlement" and standing.age_ms >= hold_days * _DAY_MS:
        return HOLD_EXPIRED
    return None


def _refund_problem(asked: int, standing: Standing) -> FieldError | None:
    if not standing.paid_minor:
        return _status(standing, "only an approved purchase or a settled authorization can be refunded")
    return _excess(asked, standing.paid_minor - standing.taken_minor("refund"), standing)


def _hold_problem(kind: Kind, asked: int, standing: Standing, *, several: bool) -> FieldError | None:
    payment = standing.payment
    if payment.type != "authorization" or payment.status != "approved":
        return _status(standing, f"only an approved authorization allows a {kind}")
    if standing.has("void"):
        return _status(standing, "the authorization is voided")
    if standing.has("settlement") and not (several and kind == "settlement"):
        return _status(standing, "the authorization is settled")
    return _excess(asked, standing.minor - standing.taken_minor("settlement"), standing)


def _excess(asked: int, left: int, standing: Standing) -> FieldError | None:
    if asked <= left:
        return None
    currency = standing.payment.currency
    return FieldError("amount", Money(asked, currency).text, f"must be at most {Money(left, currency).text}")


def _status(standing: Standing, message: str) -> FieldError:
    return FieldError("status", standing.payment.status, message)
