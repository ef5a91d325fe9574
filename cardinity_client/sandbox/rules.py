"""The gateway's test mode: which charge is approved, declined or sent to 3-D Secure, and how a finalize ends.

Pure. The order of the checks is the one that satisfies all three vendor test suites: the card that fails
authentication, the amount, 3-D Secure 2, 3-D Secure 1, approval.
"""

import functools
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from cardinity_client.money import EXPONENTS
from cardinity_client.sandbox.charges import GivenCard, WantedCharge
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.wire import Instrument, Payment, Status, ThreedsV1, ThreedsV2

#: Declined at once, whatever the amount: the issuer says the card failed authentication.
CARD_FAILS_AUTHENTICATION: Final = "5454545454540109"
#: Declined above the limit like every card, with a merchant advice code on top.
CARD_WITH_ADVICE: Final = "5454545454540018"
#: Wants 3-D Secure and passes; without browser data it falls back to version 1.
CARD_PASSES_THREEDS: Final = "5454545454545454"
#: Wants 3-D Secure 2 and fails it.
CARD_FAILS_THREEDS: Final = "4200000000000000"

#: Amounts above this are declined in test mode, in units of any currency; the limit itself is approved.
AMOUNT_LIMIT: Final = 150

V2_PASSED: Final = "3ds2-pass"
V2_FAILED: Final = "3ds2-fail"
V1_PASSED: Final = "3d-pass"
V1_FAILED: Final = "3d-fail"

DO_NOT_HONOR: Final = "3000: Do Not Honor"
SCA_REQUIRED: Final = "3014: SCA Required"
AUTHENTICATION_FAILED: Final = "33333: 3D Secure Authorization Failed."
ADVICE: Final = "03: Do not try again"
FAILED_REASON: Final = "01: Card authentication failed"

#: What the number's first digits say about the scheme; the first match counts.
_BRANDS: Final = (
    ("Visa", (range(4, 5),)),
    ("MasterCard", (range(51, 56), range(2221, 2721))),
    ("American Express", (range(34, 35), range(37, 38))),
    ("Maestro", (range(50, 51), range(56, 70))),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a charge: members of the payment object, absent ones None.

    `v1` and `v2` are what the shopper takes along to the bank's page, which is not the rules' to know.
    """

    status: Status
    error: str | None = None
    advice: str | None = None
    reason: str | None = None
    v1: str | None = None
    v2: str | None = None


APPROVED: Final = Verdict("approved")


def judge(charge: WantedCharge, *, threeds_v1: bool = True) -> Verdict:
    """Decides a valid charge. Without version 1 a card that would fall back to it is declined."""
    pan = charge.instrument.pan if isinstance(charge.instrument, GivenCard) else ""
    if pan == CARD_FAILS_AUTHENTICATION:
        return Verdict("declined", AUTHENTICATION_FAILED, reason=FAILED_REASON)
    if charge.amount.minor > AMOUNT_LIMIT * 10 ** EXPONENTS[charge.amount.currency]:
        return Verdict("declined", DO_NOT_HONOR, advice=ADVICE if pan == CARD_WITH_ADVICE else None)
    if not pan:
        # A recurring charge is made without the shopper, so nobody could be challenged.
        return APPROVED
    return (
        _threeds(pan, charge.description, browser=charge.notification_url is not None, threeds_v1=threeds_v1)
        or APPROVED
    )


def describe(card: GivenCard) -> Instrument:
    """The card as it may be told back and kept."""
    return Instrument(brand(card.pan[:4]), card.pan[-4:], card.exp_year, card.exp_month, card.holder)


@functools.cache
def brand(prefix: str) -> str:
    """The scheme that issues numbers with these first four digits."""
    for name, ranges in _BRANDS:
        if any(int(prefix[: len(str(numbers.start))]) in numbers for numbers in ranges):
            return name
    return "Unknown"


def finalize(payment: Payment, document: object, *, threeds_v1: bool = True) -> Payment | tuple[FieldError, ...]:
    """Applies the answer of the shopper's bank. A `cres` that is not known here fails the authentication.

    So does a technical failure where there is no version 1 to fall back to.
    """
    if not isinstance(document, dict):
        return (FieldError("body", None, "must be a JSON object"),)
    given = [name for name in ("cres", "authorize_data") if document.get(name) is not None]
    if len(given) != 1:
        return (FieldError("cres", None, "exactly one of cres and authorize_data is required"),)
    if payment.status != "pending":
        return (FieldError("status", payment.status, "only a pending payment can be finalized"),)
    name, value = given[0], document[given[0]]
    expected = payment.threeds2_data if name == "cres" else payment.authorization_information
    if not isinstance(value, str) or not value or expected is None:
        return (FieldError(name, None, "does not belong to this payment"),)
    if threeds_v1 and isinstance(expected, ThreedsV2) and value == V1_PASSED:
        return replace(payment, authorization_information=ThreedsV1(expected.acs_url, V1_PASSED))
    return finished(payment, passed=value == (V2_PASSED if name == "cres" else V1_PASSED))


def finished(payment: Payment, *, passed: bool) -> Payment:
    """A pending payment after its challenge. 3-D Secure data is told only while a payment is pending."""
    return replace(
        payment,
        status="approved" if passed else "declined",
        error=None if passed else AUTHENTICATION_FAILED,
        authorization_information=None,
        threeds2_data=None,
    )


def _threeds(pan: str, description: str | None, *, browser: bool, threeds_v1: bool) -> Verdict | None:
    if browser and pan == CARD_FAILS_THREEDS:
        return Verdict("pending", v2=V2_FAILED)
    if browser and (pan == CARD_PASSES_THREEDS or description == V2_PASSED):
        return Verdict("pending", v2=V2_PASSED)
    if description not in (V1_PASSED, V1_FAILED) and pan != CARD_PASSES_THREEDS:
        return None
    if not threeds_v1:
        return Verdict("declined", SCA_REQUIRED)
    return Verdict("pending", v1=V1_FAILED if description == V1_FAILED else V1_PASSED)
