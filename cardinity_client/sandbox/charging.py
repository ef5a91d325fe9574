"""From the body of a request to a payment in the book: who pays, what becomes of it, and where a shopper must go."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from cardinity_client.sandbox import rules
from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.charges import GivenCard, WantedCharge, read_charge
from cardinity_client.sandbox.exchange import MALFORMED
from cardinity_client.sandbox.form import MALFORMED_BODY, FieldError
from cardinity_client.sandbox.wire import (
    Answer,
    Instrument,
    Payment,
    ThreedsV1,
    ThreedsV2,
    created,
    encode,
    finalized,
    identity,
    invalid,
    timestamp,
)

_UNKNOWN_PARENT = "must be the id of an approved payment"


@dataclass(frozen=True, slots=True)
class Charging:
    """A new payment as a deed."""

    account: Account
    payment: Payment

    def answer(self) -> Answer:
        return created(self.payment, encode(self.payment))

    def land(self, at_ms: int) -> None:
        self.account.book.put_at(self.payment, at_ms)

    def holds(self) -> bool:
        """Nothing forbids a charge for being late; that is the trouble with it."""
        return True

    def processing(self) -> "Charging | None":
        """Only an approval can be slow."""
        if self.payment.status != "approved":
            return None
        return Charging(self.account, replace(self.payment, status="processing"))

    def declined(self, error: str, advice: str | None) -> "Charging":
        no = replace(
            self.payment,
            status="declined",
            error=error,
            merchant_advice_code=advice,
            authorization_information=None,
            threeds2_data=None,
        )
        return Charging(self.account, no)

    def again(self) -> "Charging":
        """A charge of its own: a repeated order_id is charged again. Its shopper is sent to a page of its own too."""
        first = self.payment
        nth = self.account.book.posts(first.order_id)
        second = replace(first, id=identity(self.account.settings.seed, first.order_id, -nth))
        if first.id in self.account.notification_urls:
            self.account.notification_urls[second.id] = self.account.notification_urls[first.id]
        v1, v2 = first.authorization_information, first.threeds2_data
        page = (v1.url if v1 else v2.acs_url if v2 else "").replace(first.id, second.id)
        return Charging(self.account, _sent_to(second, page))


@dataclass(frozen=True, slots=True)
class Finalizing:
    """A pending payment in its next state as a deed."""

    account: Account
    payment: Payment

    def answer(self) -> Answer:
        return finalized(self.payment, encode(self.payment))

    def land(self, at_ms: int) -> None:
        self.account.book.put_at(self.payment, at_ms)
        self.account.tallies.note_effect("finalize", self.payment.id, None, self.payment.status)

    def holds(self) -> bool:
        payment = self.account.book.get(self.payment.id)
        return payment is not None and payment.status == "pending"

    def processing(self) -> "Finalizing | None":
        if self.payment.status != "approved":
            return None
        return Finalizing(self.account, replace(self.payment, status="processing"))

    def declined(self, error: str, advice: str | None) -> "Finalizing":
        no = replace(rules.finished(self.payment, passed=False), error=error, merchant_advice_code=advice)
        return Finalizing(self.account, no)

    def again(self) -> None:
        """The second delivery finds nothing pending."""
        return None


def decide(
    account: Account, document: object, origin: Callable[[], str], late_ms: int = 0
) -> Payment | tuple[FieldError, ...]:
    """The payment that a body asks for, `late_ms` from now and not in the book yet; or what is wrong with it.

    `origin` is asked only for a payment that has to send its shopper to a page.
    """
    charge = MALFORMED_BODY if document is MALFORMED else read_charge(document)
    if not isinstance(charge, WantedCharge):
        return charge
    instrument = _instrument(account, charge)
    if instrument is None:
        parent_id = getattr(charge.instrument, "payment_id", None)
        return (FieldError("payment_instrument.payment_id", parent_id, _UNKNOWN_PARENT),)
    payment = _payment(account, charge, instrument, account.now_ms() + late_ms)
    return payment if payment.status != "pending" else _challenged(account, origin, charge, payment)


def finalizing(account: Account, payment: Payment, document: object) -> Finalizing | Answer:
    """What the bank's answer makes of a payment; an answer when it makes no sense."""
    v1 = account.settings.threeds_v1
    outcome = MALFORMED_BODY if document is MALFORMED else rules.finalize(payment, document, threeds_v1=v1)
    return Finalizing(account, outcome) if isinstance(outcome, Payment) else invalid(outcome)


def _instrument(account: Account, charge: WantedCharge) -> Instrument | None:
    """The card that pays; for a recurring charge its approved parent's, None when this account has no such parent."""
    if isinstance(charge.instrument, GivenCard):
        return rules.describe(charge.instrument)
    parent = account.book.get(charge.instrument.payment_id)
    return parent.payment_instrument if parent and parent.status == "approved" else None


def _payment(account: Account, charge: WantedCharge, instrument: Instrument, at_ms: int) -> Payment:
    verdict = rules.judge(charge, threeds_v1=account.settings.threeds_v1)
    return Payment(
        id=identity(account.settings.seed, charge.order_id, account.book.posts(charge.order_id)),
        amount=charge.amount.text,
        currency=charge.amount.currency,
        created=timestamp(at_ms),
        type="purchase" if charge.settle else "authorization",
        live=False,
        status=verdict.status,
        error=verdict.error,
        merchant_advice_code=verdict.advice,
        threeds_status_reason=verdict.reason,
        order_id=charge.order_id,
        description=charge.description,
        country=charge.country,
        statement_descriptor_suffix=charge.suffix,
        payment_method="card",
        payment_instrument=instrument,
        # The page of the bank is told by whoever knows under which address the sandbox is reached.
        authorization_information=None if verdict.v1 is None else ThreedsV1("", verdict.v1),
        threeds2_data=None if verdict.v2 is None else ThreedsV2("", verdict.v2),
    )


def _challenged(account: Account, origin: Callable[[], str], charge: WantedCharge, payment: Payment) -> Payment:
    """A pending payment with the address of its page at the bank, which answers where the request said."""
    page = f"{account.pages(origin)}/acs/{payment.id}"
    if charge.notification_url is not None:
        account.notification_urls[payment.id] = charge.notification_url
    return _sent_to(payment, page)


def _sent_to(payment: Payment, page: str) -> Payment:
    """The payment with the page of the bank in its challenge, if it has one."""
    v1, v2 = payment.authorization_information, payment.threeds2_data
    return replace(
        payment,
        authorization_information=v1 and replace(v1, url=page),
        threeds2_data=v2 and replace(v2, acs_url=page),
    )
